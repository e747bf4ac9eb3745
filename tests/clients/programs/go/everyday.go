// What programs do with S3 through the AWS SDK for Go, version 2: everyday ENDPOINT BUCKET. Fails by a panic.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func require(holds bool, what ...any) {
	if !holds {
		panic(fmt.Sprint(what...))
	}
}

var (
	background = context.Background()
	bucket     *string
	client     *s3.Client
)

func get(key, bytesRange string) []byte {
	input := &s3.GetObjectInput{Bucket: bucket, Key: &key}
	if bytesRange != "" {
		input.Range = &bytesRange
	}
	got := must(client.GetObject(background, input))
	defer got.Body.Close()
	return must(io.ReadAll(got.Body))
}

func put(key string, content []byte) {
	must(client.PutObject(background, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(content),
		ContentType: aws.String("text/csv"), Metadata: map[string]string{"who": "me"}}))
}

func codeOf(err error) string {
	var refused smithy.APIError
	require(errors.As(err, &refused), "not refused: ", err)
	return refused.ErrorCode()
}

func small() {
	for _, key := range []string{"plain", "with space", "ä/+%41&=?.txt"} {
		put(key, []byte("content"))
		require(string(get(key, "")) == "content", "get ", key)
		require(string(get(key, "bytes=2-4")) == "nte", "range ", key)
		head := must(client.HeadObject(background, &s3.HeadObjectInput{Bucket: bucket, Key: &key}))
		require(*head.ContentType == "text/csv" && head.Metadata["who"] == "me" && *head.ContentLength == 7, "head ", key)
		source := *bucket + "/" + strings.NewReplacer("%", "%25", " ", "%20", "+", "%2B", "?", "%3F", "&", "%26", "=", "%3D", "ä", "%C3%A4").Replace(key)
		must(client.CopyObject(background, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copied"), CopySource: &source}))
		require(string(get("copied", "")) == "content", "copy ", key)
	}
	_, err := client.GetObject(background, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("nothing")})
	var missing *types.NoSuchKey
	require(errors.As(err, &missing), "a missing key is refused")
	_, err = client.PutObject(background, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("plain"), IfNoneMatch: aws.String("*"), Body: strings.NewReader("other")})
	require(codeOf(err) == "PreconditionFailed", "there already")
	for _, algorithm := range types.ChecksumAlgorithm("").Values() {
		if algorithm == types.ChecksumAlgorithmCrc32 || algorithm == types.ChecksumAlgorithmCrc32c || algorithm == types.ChecksumAlgorithmCrc64nvme ||
			algorithm == types.ChecksumAlgorithmSha1 || algorithm == types.ChecksumAlgorithmSha256 {
			must(client.PutObject(background, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("summed"), Body: strings.NewReader("content"), ChecksumAlgorithm: algorithm}))
			got := must(client.GetObject(background, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("summed"), ChecksumMode: types.ChecksumModeEnabled}))
			require(string(must(io.ReadAll(got.Body))) == "content", "verified ", algorithm)
			got.Body.Close()
		}
	}
}

func large() {
	content := make([]byte, 12<<20)
	rand.New(rand.NewSource(1)).Read(content)
	// A reader that cannot seek: parts of a length that is not known before, with checksums that trail.
	uploader := manager.NewUploader(client, func(u *manager.Uploader) { u.PartSize = 5 << 20 })
	must(uploader.Upload(background, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("large"), Body: io.MultiReader(bytes.NewReader(content))}))
	into := manager.NewWriteAtBuffer(nil)
	downloader := manager.NewDownloader(client, func(d *manager.Downloader) { d.PartSize = 5 << 20 })
	must(downloader.Download(background, into, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("large")}))
	require(bytes.Equal(into.Bytes(), content), "large")
	head := must(client.HeadObject(background, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("large")}))
	require(strings.HasSuffix(*head.ETag, `-3"`), "in parts: ", *head.ETag)

	upload := must(client.CreateMultipartUpload(background, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: aws.String("copied")})).UploadId
	var parts []types.CompletedPart
	for number, bytesRange := range []string{"bytes=0-6291455", "bytes=6291456-12582911"} {
		made := must(client.UploadPartCopy(background, &s3.UploadPartCopyInput{Bucket: bucket, Key: aws.String("copied"), UploadId: upload,
			PartNumber: aws.Int32(int32(number + 1)), CopySource: aws.String(*bucket + "/large"), CopySourceRange: &bytesRange}))
		parts = append(parts, types.CompletedPart{ETag: made.CopyPartResult.ETag, PartNumber: aws.Int32(int32(number + 1)), ChecksumCRC32: made.CopyPartResult.ChecksumCRC32})
	}
	must(client.CompleteMultipartUpload(background, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: aws.String("copied"), UploadId: upload,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}}))
	require(bytes.Equal(get("copied", ""), content), "copied in parts")
}

func pages() {
	for number := range 1020 {
		put(fmt.Sprintf("many/%04d", number), nil)
	}
	var sizes []int
	listed := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("many/")})
	for listed.HasMorePages() {
		sizes = append(sizes, len(must(listed.NextPage(background)).Contents))
	}
	require(reflect.DeepEqual(sizes, []int{1000, 20}), "pages ", sizes)
}

func presigned() {
	signer := s3.NewPresignClient(client)
	to := must(signer.PresignPutObject(background, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("by url")}))
	request := must(http.NewRequest(to.Method, to.URL, strings.NewReader("content")))
	require(must(http.DefaultClient.Do(request)).StatusCode == 200, "put by URL")
	from := must(signer.PresignGetObject(background, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("by url")}))
	require(string(must(io.ReadAll(must(http.Get(from.URL)).Body))) == "content", "get by URL")
}

func empty() {
	listed := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket})
	for listed.HasMorePages() {
		var keys []types.ObjectIdentifier
		for _, object := range must(listed.NextPage(background)).Contents {
			keys = append(keys, types.ObjectIdentifier{Key: object.Key})
		}
		gone := must(client.DeleteObjects(background, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: keys}}))
		require(len(gone.Deleted) == len(keys) && len(gone.Errors) == 0, "delete")
	}
	must(client.DeleteBucket(background, &s3.DeleteBucketInput{Bucket: bucket}))
}

func main() {
	settings := must(config.LoadDefaultConfig(background, config.WithRegion("us-east-1")))
	client = s3.NewFromConfig(settings, func(o *s3.Options) {
		o.UsePathStyle = true
		o.BaseEndpoint = &os.Args[1]
		o.RetryMaxAttempts = 1
	})
	bucket = &os.Args[2]
	region := must(manager.GetBucketRegion(background, client, *bucket))
	require(region == "us-east-1", "region ", region)
	small()
	large()
	pages()
	presigned()
	empty()
	fmt.Println("done")
}
