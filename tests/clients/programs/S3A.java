// What Hadoop and Spark do with S3, through Hadoop's own S3A: S3A ENDPOINT BUCKET. Fails by an exception.
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.io.*;
import org.apache.hadoop.mapreduce.*;
import org.apache.hadoop.mapreduce.lib.input.FileInputFormat;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;

public class S3A {
  static void require(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }

  public static void main(String[] arguments) throws Exception {
    Configuration settings = new Configuration();
    settings.set("fs.s3a.endpoint", arguments[0]);
    settings.set("fs.s3a.endpoint.region", "us-east-1");
    settings.set("fs.s3a.path.style.access", "true");
    settings.set("fs.s3a.connection.ssl.enabled", "false");
    settings.set("fs.s3a.aws.credentials.provider", "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider");
    settings.set("fs.s3a.multipart.size", "5M");
    settings.set("fs.s3a.multipart.threshold", "5M");
    settings.set("fs.s3a.attempts.maximum", "1");
    settings.set("fs.s3a.retry.limit", "1");
    Path root = new Path("s3a://" + arguments[1] + "/");
    try (FileSystem files = FileSystem.newInstance(root.toUri(), settings)) {
      small(files, root);
      large(files, root);
      trees(files, root);
      uploads(files, root);
      job(settings, files, root);
      files.delete(new Path(root, "job"), true);
      require(files.listStatus(root).length == 0, "everything is deleted: " + Arrays.toString(files.listStatus(root)));
    }
    System.out.println("done");
  }

  static void small(FileSystem files, Path root) throws Exception {
    for (String name : List.of("plain", "with space", "ä+%41&=.txt")) {
      Path path = new Path(root, name);
      write(files, path, "content".getBytes());
      require(new String(read(files, path)).equals("content"), "get " + name);
      FileStatus status = files.getFileStatus(path);
      require(status.isFile() && status.getLen() == 7 && status.getPath().getName().equals(name), "status " + name);
      try (FSDataInputStream in = files.open(path)) {
        byte[] some = new byte[3];
        in.readFully(2, some);
        require(new String(some).equals("nte"), "range " + name);
      }
      require(files.rename(path, new Path(root, "moved")), "rename");
      require(!files.exists(path), "the old name is gone");
      require(new String(read(files, new Path(root, "moved"))).equals("content"), "renamed " + name);
      files.delete(new Path(root, "moved"), false);
    }
    try {
      files.open(new Path(root, "nothing")).read();
      require(false, "a missing file is refused");
    } catch (FileNotFoundException expected) {
    }
    Path once = new Path(root, "once");
    FSDataOutputStream first = unlessThere(files, once);
    FSDataOutputStream second = unlessThere(files, once);
    first.write("first".getBytes());
    first.close();
    second.write("second".getBytes());
    boolean refused = false;
    try {
      second.close();
    } catch (IOException expected) {
      refused = true;
    }
    require(refused, "the second of two creators is refused");
    require(new String(read(files, once)).equals("first"), "the first one stays");
    files.delete(once, false);
  }

  /** A file that comes to be when it is closed, unless another of its name came first: a put with If-None-Match. */
  static FSDataOutputStream unlessThere(FileSystem files, Path path) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = files.createFile(path);
    builder.overwrite(true);
    builder.opt("fs.option.create.conditional.overwrite", true);
    return builder.build();
  }

  static void large(FileSystem files, Path root) throws Exception {
    byte[] content = new byte[17 << 20];
    new Random(1).nextBytes(content);
    Path path = new Path(root, "large"), copy = new Path(root, "copy");
    write(files, path, content);
    require(Arrays.equals(read(files, path), content), "large");
    try (FSDataInputStream in = files.open(path)) {
      in.seek(9_000_000);
      require(in.read() == (content[9_000_000] & 255), "seek");
      List<FileRange> ranges = List.of(FileRange.createFileRange(100, 1000), FileRange.createFileRange(8_000_000, 70_000), FileRange.createFileRange((17 << 20) - 10, 10));
      in.readVectored(ranges, ByteBuffer::allocate);
      for (FileRange range : ranges) {
        byte[] got = new byte[range.getLength()];
        range.getData().get().get(got);
        int from = (int) range.getOffset();
        require(Arrays.equals(got, Arrays.copyOfRange(content, from, from + got.length)), "vectored " + range);
      }
    }
    require(files.rename(path, copy), "a copy in parts");
    require(Arrays.equals(read(files, copy), content), "copied in parts");
    files.delete(copy, false);
  }

  static void trees(FileSystem files, Path root) throws Exception {
    Path tree = new Path(root, "tree");
    require(files.mkdirs(new Path(tree, "empty")), "mkdirs");
    require(files.getFileStatus(new Path(tree, "empty")).isDirectory(), "an empty folder is one");
    IntStream.range(0, 1_020).parallel().forEach(number -> {
      try {
        write(files, new Path(tree, String.format("many/%04d", number)), new byte[0]);
      } catch (IOException bad) {
        throw new RuntimeException(bad);
      }
    });
    require(files.listStatus(new Path(tree, "many")).length == 1_020, "list in pages");
    RemoteIterator<LocatedFileStatus> all = files.listFiles(tree, true);
    int count = 0;
    for (; all.hasNext(); all.next()) count++;
    require(count == 1_020, "list recursively " + count);
    require(files.globStatus(new Path(tree, "many/00*")).length == 100, "glob");
    require(files.getContentSummary(tree).getFileCount() == 1_020, "summary");
    require(files.rename(tree, new Path(root, "moved")), "rename of a folder");
    require(files.listStatus(new Path(root, "moved/many")).length == 1_020, "renamed folder");
    require(!files.exists(tree), "the old folder is gone");
    require(files.delete(new Path(root, "moved"), true), "delete of a folder");
    require(!files.exists(new Path(root, "moved")), "the folder is gone");
  }

  static void uploads(FileSystem files, Path root) throws Exception {
    Path path = new Path(root, "uploads/one");
    try (MultipartUploader uploader = files.createMultipartUploader(root).build()) {
      UploadHandle upload = uploader.startUpload(path).get();
      byte[] part = new byte[5 << 20];
      PartHandle two = uploader.putPart(upload, 2, true, path, new ByteArrayInputStream("end".getBytes()), 3).get();
      PartHandle one = uploader.putPart(upload, 1, false, path, new ByteArrayInputStream(part), part.length).get();
      uploader.complete(upload, path, Map.of(1, one, 2, two)).get();
      require(files.getFileStatus(path).getLen() == part.length + 3, "uploader");
      uploader.startUpload(path).get();
      require(uploader.abortUploadsUnderPath(path.getParent()).get() == 1, "abort");
    }
    files.delete(path.getParent(), true);
  }

  public static class Words extends Mapper<LongWritable, Text, Text, IntWritable> {
    @Override
    protected void map(LongWritable at, Text line, Context context) throws IOException, InterruptedException {
      for (String word : line.toString().split(" ")) context.write(new Text(word), new IntWritable(1));
    }
  }

  public static class Sum extends Reducer<Text, IntWritable, Text, IntWritable> {
    @Override
    protected void reduce(Text word, Iterable<IntWritable> counts, Context context) throws IOException, InterruptedException {
      int sum = 0;
      for (IntWritable count : counts) sum += count.get();
      context.write(word, new IntWritable(sum));
    }
  }

  /** A MapReduce job whose output the magic committer puts into place: multipart uploads that are completed at the commit. */
  static void job(Configuration base, FileSystem files, Path root) throws Exception {
    Path input = new Path(root, "job/in"), output = new Path(root, "job/out");
    write(files, new Path(input, "a.txt"), "one two\ntwo three\n".getBytes());
    write(files, new Path(input, "b.txt"), "three three\n".getBytes());
    Configuration settings = new Configuration(base);
    settings.set("mapreduce.framework.name", "local");
    settings.set("mapreduce.outputcommitter.factory.scheme.s3a", "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
    settings.set("fs.s3a.committer.name", "magic");
    settings.set("mapreduce.job.reduces", "2");
    settings.set("hadoop.tmp.dir", System.getProperty("java.io.tmpdir"));
    Job job = Job.getInstance(settings, "words");
    job.setMapperClass(Words.class);
    job.setReducerClass(Sum.class);
    job.setOutputKeyClass(Text.class);
    job.setOutputValueClass(IntWritable.class);
    FileInputFormat.addInputPath(job, input);
    FileOutputFormat.setOutputPath(job, output);
    require(job.waitForCompletion(false), "the job");
    StringBuilder got = new StringBuilder();
    for (FileStatus part : files.globStatus(new Path(output, "part-r-*"))) got.append(new String(read(files, part.getPath()), StandardCharsets.UTF_8));
    String[] lines = got.toString().split("\n");
    Arrays.sort(lines);
    require(Arrays.equals(lines, new String[] {"one\t1", "three\t3", "two\t2"}), "counts " + got);
    require(new String(read(files, new Path(output, "_SUCCESS"))).contains("\"magic\""), "the magic committer did it");
  }

  static void write(FileSystem files, Path path, byte[] content) throws IOException {
    try (FSDataOutputStream out = files.create(path, true)) {
      out.write(content);
    }
  }

  static byte[] read(FileSystem files, Path path) throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    try (FSDataInputStream in = files.open(path)) {
      IOUtils.copyBytes(in, got, 1 << 16);
    }
    return got.toByteArray();
  }
}
