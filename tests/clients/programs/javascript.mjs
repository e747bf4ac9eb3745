// What programs do with S3 through the AWS SDK for JavaScript: node javascript.mjs NODE_MODULES BUCKET. Fails by an exception.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

const [, , modules, bucket] = process.argv;
const require = createRequire(`${modules}/`);
const sdk = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const s3 = new sdk.S3Client({ forcePathStyle: true });
const send = (name, input) => s3.send(new sdk[`${name}Command`]({ Bucket: bucket, ...input }));
const read = async (key, more) => Buffer.from(await (await send("GetObject", { Key: key, ...more })).Body.transformToByteArray());

for (const key of ["plain", "with space", "ä/+%41&=?.txt"]) {
  await send("PutObject", { Key: key, Body: "content", ContentType: "text/csv", Metadata: { who: "me" } });
  assert.equal((await read(key)).toString(), "content");
  assert.equal((await read(key, { Range: "bytes=2-4" })).toString(), "nte");
  const head = await send("HeadObject", { Key: key, ChecksumMode: "ENABLED" });
  assert.equal(head.ContentType, "text/csv");
  assert.deepEqual(head.Metadata, { who: "me" });
  assert.ok(head.ChecksumCRC32);
  await send("CopyObject", { Key: "copied", CopySource: encodeURIComponent(`${bucket}/${key}`) });
  assert.equal((await read("copied")).toString(), "content");
}
await assert.rejects(send("PutObject", { Key: "plain", Body: "x", IfNoneMatch: "*" }), { name: "PreconditionFailed" });
await assert.rejects(send("GetObject", { Key: "nothing" }), { name: "NoSuchKey" });
await assert.rejects(send("HeadObject", { Key: "nothing" }), { name: "NotFound" });

const large = Buffer.concat(Array(12).fill(randomBytes(1 << 20)));
await new Upload({ client: s3, params: { Bucket: bucket, Key: "large", Body: large }, partSize: 5 << 20 }).done();
assert.match((await send("HeadObject", { Key: "large" })).ETag, /-3"$/);
assert.ok((await read("large")).equals(large));

for (let first = 0; first < 1020; first += 20) {
  const some = [...Array(20).keys()].map((each) => `many/${String(first + each).padStart(4, "0")}`);
  await Promise.all(some.map((key) => send("PutObject", { Key: key, Body: "" })));
}
const sizes = [];
for await (const page of sdk.paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: "many/" })) {
  sizes.push(page.KeyCount);
}
assert.deepEqual(sizes, [1000, 20]);
assert.deepEqual((await send("ListObjectsV2", { Delimiter: "/" })).CommonPrefixes.map((each) => each.Prefix), ["many/", "ä/"]);

const forPut = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket: bucket, Key: "by url" }), { expiresIn: 60 });
assert.equal((await fetch(forPut, { method: "PUT", body: "content" })).status, 200);
const forGet = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket: bucket, Key: "by url" }), { expiresIn: 60 });
assert.equal(await (await fetch(forGet)).text(), "content");

for (;;) {
  const page = await send("ListObjectsV2", {});
  if (!page.Contents) break;
  const gone = await send("DeleteObjects", { Delete: { Objects: page.Contents.map(({ Key }) => ({ Key })) } });
  assert.equal(gone.Errors, undefined);
}
await send("DeleteBucket", {});
console.log("done");
