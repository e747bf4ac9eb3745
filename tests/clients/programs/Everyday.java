// What programs do with S3 through the AWS SDK for Java: java -cp 'jars/*' Everyday.java ENDPOINT BUCKET. Fails by an exception.
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.*;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

public class Everyday {
  static void require(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }

  public static void main(String[] arguments) throws Exception {
    URI endpoint = URI.create(arguments[0]);
    String bucket = arguments[1];
    try (S3Client s3 = S3Client.builder().endpointOverride(endpoint).region(Region.US_EAST_1).forcePathStyle(true).build()) {
      for (String key : List.of("plain", "with space", "ä/+%41&=?.txt")) {
        s3.putObject(b -> b.bucket(bucket).key(key).contentType("text/csv").metadata(Map.of("who", "me")), RequestBody.fromString("content"));
        require(s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String().equals("content"), "get " + key);
        require(s3.getObjectAsBytes(b -> b.bucket(bucket).key(key).range("bytes=2-4")).asUtf8String().equals("nte"), "range " + key);
        HeadObjectResponse head = s3.headObject(b -> b.bucket(bucket).key(key));
        require(head.contentType().equals("text/csv") && head.metadata().equals(Map.of("who", "me")), "head " + key);
        s3.copyObject(b -> b.sourceBucket(bucket).sourceKey(key).destinationBucket(bucket).destinationKey("copied"));
        require(s3.getObjectAsBytes(b -> b.bucket(bucket).key("copied")).asUtf8String().equals("content"), "copy " + key);
      }
      try {
        s3.getObjectAsBytes(b -> b.bucket(bucket).key("nothing"));
        require(false, "a missing key is refused");
      } catch (NoSuchKeyException expected) {
      }

      byte[] large = new byte[12 << 20];
      new Random(1).nextBytes(large);
      multipart(s3, bucket, large);
      require(Arrays.equals(s3.getObjectAsBytes(b -> b.bucket(bucket).key("large")).asByteArray(), large), "large");
      Path file = Files.createTempFile("large", "");
      try (S3AsyncClient many = S3AsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).forcePathStyle(true)
               .multipartEnabled(true).multipartConfiguration(c -> c.thresholdInBytes(5L << 20).minimumPartSizeInBytes(5L << 20)).build()) {
        Files.write(file, large);
        many.putObject(b -> b.bucket(bucket).key("parallel"), file).join();
        Files.delete(file);
        many.getObject(b -> b.bucket(bucket).key("parallel"), file).join();
        require(Arrays.equals(Files.readAllBytes(file), large), "parallel");
      } finally {
        Files.deleteIfExists(file);
      }

      for (int i = 0; i < 1020; i++) {
        String key = String.format("many/%04d", i);
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.empty());
      }
      List<Integer> sizes = s3.listObjectsV2Paginator(b -> b.bucket(bucket).prefix("many/")).stream().map(page -> page.contents().size()).toList();
      require(sizes.equals(List.of(1000, 20)), "pages " + sizes);

      try (S3Presigner presigner = S3Presigner.builder().endpointOverride(endpoint).region(Region.US_EAST_1)
               .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build()).build()) {
        var signed = presigner.presignGetObject(b -> b.signatureDuration(Duration.ofMinutes(1)).getObjectRequest(g -> g.bucket(bucket).key("plain")));
        try (var in = signed.url().openStream()) {
          require(new String(in.readAllBytes()).equals("content"), "presigned");
        }
      }

      for (ListObjectsV2Response page : s3.listObjectsV2Paginator(b -> b.bucket(bucket))) {
        List<ObjectIdentifier> keys = page.contents().stream().map(o -> ObjectIdentifier.builder().key(o.key()).build()).toList();
        require(s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(keys))).errors().isEmpty(), "delete");
      }
      s3.deleteBucket(b -> b.bucket(bucket));
    }
    System.out.println("done");
  }

  static void multipart(S3Client s3, String bucket, byte[] large) {
    String upload = s3.createMultipartUpload(b -> b.bucket(bucket).key("large")).uploadId();
    int part = 5 << 20;
    List<CompletedPart> parts = new ArrayList<>();
    for (int number = 3; number >= 1; number--) {
      int start = (number - 1) * part, which = number;
      ByteBuffer bytes = ByteBuffer.wrap(large, start, Math.min(part, large.length - start)).slice();
      UploadPartResponse sent = s3.uploadPart(b -> b.bucket(bucket).key("large").uploadId(upload).partNumber(which), RequestBody.fromByteBuffer(bytes));
      parts.add(0, CompletedPart.builder().partNumber(number).eTag(sent.eTag()).build());
    }
    s3.completeMultipartUpload(b -> b.bucket(bucket).key("large").uploadId(upload).multipartUpload(m -> m.parts(parts)));
  }
}
