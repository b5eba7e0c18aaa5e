package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.Photographs;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ImageOrigin;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Photographs of a camera's size on their way from the file to the learner and to serving. */
@Command(
    name = "photos",
    description = "Decoding, shrinking and handing on photographs, beside how it was before.")
final class PhotosBench extends Benchmark {
  /** Heaps that are tried for photographs of 12 megapixels, in MiB. */
  private static final int[] HEAPS = {48, 64, 96, 128, 192, 256, 384, 512};

  /** Calls timed as one: a process's time has steps of up to 10 ms. */
  private static final int CALLS = 4;

  private static final int TURNS = 3;
  private static final int LEARNER_SIDE = 128;

  @Option(
      names = "--rounds",
      defaultValue = "15",
      description = "Of each pair (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--images",
      defaultValue = "200",
      description = "Photographs that go through the topology (default ${DEFAULT-VALUE}).")
  int count;

  PhotosBench() {
    this.rounds = 15;
    this.count = 200;
  }

  @Override
  Result measure() throws Exception {
    List<Map<String, Object>> rows = new ArrayList<>();
    String load =
        Files.exists(Path.of("/proc/loadavg"))
            ? Files.readString(Path.of("/proc/loadavg")).split(" ")[0]
            : "unknown";
    for (int[] size : new int[][] {{1280, 960}, {4000, 3000}}) {
      rows.addAll(decoding(size[0], size[1]));
    }
    rows.add(topology());
    rows.add(
        metric(
            "12 megapixels: smallest heap that takes them in, MiB",
            0,
            smallestHeap(),
            "goal: 1024"));
    return new Result(
        "photos", "Photographs, made ones; load of the machine at the start " + load, rows);
  }

  private static Map<String, Object> metric(String what, double before, double now, String goal) {
    return row("what", what, "before", before, "now", now, "goal", goal);
  }

  private List<Map<String, Object>> decoding(int width, int height) throws Exception {
    byte[] file = Photographs.jpeg(width, height, 1);
    String size = width + " × " + height + ": ";
    int reps = Math.max(5, rounds * 1280 * 960 / (width * height));
    try (var before = ImageDecoder.portable(DecodeLimits.defaults());
        var now = new ImageDecoder(DecodeLimits.defaults())) {
      var images = new AcceptImages(now, AcceptSettings.defaults());
      byte[] value = images.accept(file).value();
      if (value == null) {
        throw new IllegalStateException("a made photograph was refused");
      }
      var view = new EvalView(Preprocessing.defaults().withMaxSide(LEARNER_SIDE));
      var plain = new EvalView(Preprocessing.defaults());
      Pair ingest = pair(reps, () -> pixels(before, file), () -> images.accept(file));
      Pair learner =
          pair(
              reps,
              () -> pixels(before, file).shrinkTo(LEARNER_SIDE),
              () -> pixels(now, value).shrinkTo(LEARNER_SIDE));
      Pair serving =
          pair(reps, () -> plain.of(pixels(before, file)), () -> view.of(pixels(now, value)));
      return List.of(
          metric(size + "ingest, ms of processor time", ingest.before(), ingest.now(), ""),
          metric(size + "learner, ms of processor time", learner.before(), learner.now(), "1.5"),
          metric(size + "serving, ms of processor time", serving.before(), serving.now(), "1.5"),
          metric(size + "kB of images.accepted", file.length / 1e3, value.length / 1e3, "50"));
    }
  }

  /** Means of the processor time of one call, in ms. */
  private record Pair(double before, double now) {}

  /** The process's time and not the clock's: other people's work does not count. */
  private static Pair pair(int rounds, Rounds.Work before, Rounds.Work now) throws Exception {
    for (int i = 0; i < 5; i++) {
      before.run();
      now.run();
    }
    double[] a = new double[rounds];
    double[] b = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      a[i] = milliseconds(before);
      b[i] = milliseconds(now);
    }
    return new Pair(
        Arrays.stream(a).average().orElseThrow(), Arrays.stream(b).average().orElseThrow());
  }

  private static double milliseconds(Rounds.Work work) throws Exception {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long start = system.getProcessCpuTime();
    for (int i = 0; i < CALLS; i++) {
      work.run();
    }
    return (system.getProcessCpuTime() - start) / 1e6 / CALLS;
  }

  private static PixelImage pixels(ImageDecoder decoder, byte[] file) {
    if (decoder.decode(file) instanceof DecodeOutcome.Decoded decoded) {
      return decoded.image();
    }
    throw new IllegalStateException("a made photograph does not decode");
  }

  private Map<String, Object> topology() throws Exception {
    byte[][] files = new byte[8][];
    for (int i = 0; i < files.length; i++) {
      files[i] = Photographs.jpeg(1280, 960, i);
    }
    var origin =
        new ImageOrigin(
            "/bench", ImageHeaders.TYPE_IMAGE, Instant.parse("2026-01-01T00:00:00Z"), null, null);
    List<ImageRecord> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(new ImageRecord("photo-" + i, files[i % files.length], origin));
    }
    IngestBench.bareLoop(images.subList(0, count / 4));
    double[] loops = new double[TURNS];
    double[] topologies = new double[TURNS];
    double[] ratios = new double[TURNS];
    for (int i = 0; i < TURNS; i++) {
      loops[i] = IngestBench.bareLoop(images);
      topologies[i] = IngestBench.topology(images);
      ratios[i] = topologies[i] / loops[i];
    }
    return row(
        "what",
        "ingest of 1280 × 960, images/s: bare loop of the same decoder, topology",
        "before",
        Rounds.median(loops),
        "now",
        Rounds.median(topologies),
        "goal",
        "ratio 0.7: " + String.format("%.2f", Rounds.median(ratios)));
  }

  /** The smallest heap in which a process consumes photographs of 12 megapixels; −1 for none. */
  private static int smallestHeap() throws IOException, InterruptedException {
    Path file = Files.createTempFile("millrace-photo", ".jpg");
    try {
      Files.write(file, Photographs.jpeg(4000, 3000, 2));
      for (int mebibytes : HEAPS) {
        Process process =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx" + mebibytes + "m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TakesIn.class.getName(),
                    file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
          process.destroyForcibly();
        } else if (process.exitValue() == 0) {
          return mebibytes;
        }
      }
      return -1;
    } finally {
      Files.delete(file);
    }
  }

  /** Ends with 0 where each of ten times the file is accepted. */
  static final class TakesIn {
    private TakesIn() {}

    public static void main(String[] arguments) {
      boolean all = true;
      try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
        byte[] file = Files.readAllBytes(Path.of(arguments[0]));
        var images = new AcceptImages(decoder, AcceptSettings.defaults());
        for (int i = 0; i < 10; i++) {
          all &= images.accept(file).value() != null;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      System.exit(all ? 0 : 1);
    }
  }
}
