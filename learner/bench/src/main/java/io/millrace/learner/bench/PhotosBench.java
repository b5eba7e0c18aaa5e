package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplaySettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
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

  private static final int WARM_UP = 50;

  private static final int TURNS = 3;
  private static final int LEARNER_SIDE = 128;

  /** Input of photos-cpu. */
  private static final int LOADED_SIDE = 96;

  /** {@code ingest.maxSide} of photos-cpu. */
  private static final int PRESET_SIDE = 256;

  /** What can be measured alone. */
  enum Part {
    DECODING,
    KEPT,
    INGEST,
    HEAP,
    REFRESH,
    LOADER,
    DEMO
  }

  @Option(
      names = "--part",
      split = ",",
      description = "Of ${COMPLETION-CANDIDATES}, with commas between (all).")
  Set<Part> parts;

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

  @Option(
      names = "--demo",
      defaultValue = "3m",
      description = "How long each demo runs (default ${DEFAULT-VALUE}).")
  String demo;

  @Option(
      names = "--photographs",
      defaultValue = "6000",
      description =
          "Files of 1280 × 960 that the demo streams, 260 kB each; it should not come to their end"
              + " (default ${DEFAULT-VALUE}).")
  int photographs;

  @Option(
      names = "--before",
      paramLabel = "CHECKOUT",
      description = "Another checkout of Millrace, whose demo runs in turn with this one's.")
  @Nullable Path before;

  @Option(
      names = "--gallery",
      defaultValue = "600",
      description = "Photographs that are embedded anew (default ${DEFAULT-VALUE}).")
  int gallery;

  @Option(
      names = "--loader-seconds",
      defaultValue = "20",
      description = "For each way of loading files (default ${DEFAULT-VALUE}).")
  int loaderSeconds;

  @Option(
      names = "--workers",
      defaultValue = "2",
      description = "Processes of PyTorch's DataLoader and threads of ours (${DEFAULT-VALUE}).")
  int workers;

  @Option(
      names = "--python",
      description = "Has torch and Pillow (default: python3, then /usr/bin/python3).")
  @Nullable String python;

  PhotosBench() {
    this.parts = EnumSet.allOf(Part.class);
    this.rounds = 15;
    this.count = 200;
    this.demo = "3m";
    this.photographs = 6000;
    this.gallery = 600;
    this.loaderSeconds = 20;
    this.workers = 2;
  }

  @Override
  Result measure() throws Exception {
    List<Map<String, Object>> rows = new ArrayList<>();
    String load =
        Files.exists(Path.of("/proc/loadavg"))
            ? Files.readString(Path.of("/proc/loadavg")).split(" ")[0]
            : "unknown";
    if (parts.contains(Part.DECODING)) {
      for (int[] size : new int[][] {{1280, 960}, {4000, 3000}}) {
        rows.addAll(decoding(size[0], size[1]));
      }
    }
    if (parts.contains(Part.KEPT)) {
      rows.addAll(kept());
    }
    if (parts.contains(Part.INGEST)) {
      rows.add(topology());
    }
    if (parts.contains(Part.HEAP)) {
      rows.add(
          metric(
              "12 megapixels: smallest heap that takes them in, MiB",
              null,
              (double) smallestHeap(),
              "goal: 1024"));
    }
    if (parts.contains(Part.REFRESH)) {
      rows.add(refresh(AcceptSettings.defaults()));
      rows.add(refresh(AcceptSettings.defaults().withMaxSide(PRESET_SIDE)));
    }
    if (parts.contains(Part.LOADER)) {
      rows.addAll(loading());
    }
    if (parts.contains(Part.DEMO)) {
      rows.addAll(demos());
    }
    return new Result(
        "photos", "Photographs, made ones; load of the machine at the start " + load, rows);
  }

  private static Map<String, Object> metric(
      String what, @Nullable Double before, @Nullable Double now, String goal) {
    return row("what", what, "before", before, "now", now, "goal", goal);
  }

  /** A goal that is a ratio, and the ratio. */
  private static String ratio(String goal, double before, double now) {
    return goal + String.format(": %.2f", now / before);
  }

  static ImageRecord photo(String id, byte[] file) {
    return new ImageRecord(
        id,
        file,
        new ImageOrigin(
            "/bench", ImageHeaders.TYPE_IMAGE, Instant.parse("2026-01-01T00:00:00Z"), null, null));
  }

  /** Bytes that replay holds for an image, as pixels and as it is held, and what drawing takes. */
  private List<Map<String, Object>> kept() throws Exception {
    List<Map<String, Object>> rows = new ArrayList<>();
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      var images = new AcceptImages(decoder, AcceptSettings.defaults());
      byte[] value = Objects.requireNonNull(images.accept(Photographs.jpeg(1280, 960, 1)).value());
      PixelImage decoded = pixels(decoder, value);
      for (int side : new int[] {32, 64, 96, 160, 256, 384}) {
        PixelImage shrunk = decoded.shrinkTo(side);
        var held =
            (KeptImage.Encoded)
                KeptImage.of(value, decoded, shrunk, ReplaySettings.Form.COMPRESSED);
        rows.add(
            metric(
                "kB that replay holds for a photograph of side " + side,
                shrunk.rgb().length / 1e3,
                held.bytes() / 1e3,
                side == 256 ? "26.8" : ""));
        Pair drawn =
            pair(
                10 * rounds,
                () -> KeptImage.of(value, decoded, shrunk, ReplaySettings.Form.COMPRESSED),
                () -> pixels(decoder, held.file()));
        rows.add(
            metric(
                "of side " + side + ", ms to make it from pixels (before) and to draw it (now)",
                drawn.before(),
                drawn.now(),
                ""));
      }
    }
    return rows;
  }

  /**
   * Re-embedding: full files read by ImageIO, and what ingest hands on now, read as it is now. The
   * network is the same.
   */
  private Map<String, Object> refresh(AcceptSettings accepted) throws Exception {
    List<byte[]> files = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      var images = new AcceptImages(decoder, accepted);
      for (int i = 0; i < 16; i++) {
        files.add(Photographs.jpeg(1280, 960, i));
        values.add(Objects.requireNonNull(images.accept(files.get(i)).value()));
      }
    }
    double was =
        Rounds.median(
            GalleryRefresh.rates(
                files, gallery, ImageDecoder.portable(DecodeLimits.defaults()), TURNS));
    double is =
        Rounds.median(
            GalleryRefresh.rates(
                values, gallery, new ImageDecoder(DecodeLimits.defaults()), TURNS));
    return metric(
        "refresh of " + gallery + " photographs of " + accepted.maxSide() + ", images/s",
        was,
        is,
        ratio("8", was, is));
  }

  /** Files to the network's input, images a second: PyTorch's DataLoader (before) and ours. */
  private List<Map<String, Object>> loading() throws Exception {
    String with = DataLoaderRun.python(python);
    if (with == null) {
      return List.of(
          metric(
              "PyTorch's DataLoader: no Python with torch and Pillow was found", null, null, ""));
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    try (var originals = new PhotoFiles(256, 1280, 960);
        var accepted = new PhotoFiles(0, 1, 1);
        var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      var images = new AcceptImages(decoder, AcceptSettings.defaults());
      try (var there = Files.list(originals.folder)) {
        for (Path file : there.toList()) {
          byte[] value = images.accept(Files.readAllBytes(file)).value();
          Files.write(accepted.folder.resolve(file.getFileName()), Objects.requireNonNull(value));
        }
      }
      for (Path folder : List.of(originals.folder, accepted.folder)) {
        JsonNode torch = DataLoaderRun.of(with, folder, LOADED_SIDE, workers, loaderSeconds);
        double theirs = torch.path("imagesPerSecond").asDouble();
        double ours = ours(decoder, folder);
        rows.add(
            metric(
                "files %s to inputs of %d, images/s: DataLoader (torch %s, torchvision %s, Pillow %s; before) and ours (now), workers: %d"
                    .formatted(
                        folder.equals(originals.folder) ? "of 1280 × 960" : "as accepted",
                        LOADED_SIDE,
                        torch.path("torch").asText(),
                        torch.path("torchvision").asText(),
                        torch.path("pillow").asText(),
                        workers),
                theirs,
                ours,
                ratio("–", theirs, ours)));
      }
    }
    return rows;
  }

  private double ours(ImageDecoder decoder, Path folder) throws Exception {
    List<Path> files;
    try (var there = Files.list(folder)) {
      files = there.sorted().toList();
    }
    var view = new EvalView(Preprocessing.defaults().withSize(LOADED_SIDE));
    var done = new AtomicLong();
    var next = new AtomicInteger();
    var until = new AtomicLong(Long.MAX_VALUE);
    Callable<Void> worker =
        () -> {
          for (int i = next.getAndIncrement();
              i < files.size() || System.nanoTime() < until.get();
              i = next.getAndIncrement()) {
            view.of(pixels(decoder, Files.readAllBytes(files.get(i % files.size()))));
            done.incrementAndGet();
          }
          return null;
        };
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    try {
      until.set(0); // once over the files to warm up
      for (Future<Void> one : threads.invokeAll(Collections.nCopies(workers, worker))) {
        one.get();
      }
      done.set(0);
      next.set(0);
      long begun = System.nanoTime();
      until.set(begun + TimeUnit.SECONDS.toNanos(loaderSeconds));
      for (Future<Void> one : threads.invokeAll(Collections.nCopies(workers, worker))) {
        one.get();
      }
      return done.get() / ((System.nanoTime() - begun) / 1e9);
    } finally {
      threads.shutdown();
    }
  }

  /** Whole demos, one after the other, on the same files. */
  private List<Map<String, Object>> demos() throws Exception {
    List<Map<String, Object>> rows = new ArrayList<>();
    try (var files = new PhotoFiles(photographs, 1280, 960)) {
      List<String> options = List.of("--images", files.folder.toString());
      Path here = Path.of("").toAbsolutePath();
      Path other = before;
      DemoRates was = other == null ? null : DemoRates.of(other.toAbsolutePath(), options, demo);
      compare(rows, "demo as it chooses (photos-cpu)", was, DemoRates.of(here, options, demo));
      // A folder that was begun with the demo's own settings, which see thumbnails of 32 pixels.
      Path data = Files.createTempDirectory("millrace-demo-");
      try {
        Files.writeString(data.resolve("preset"), "");
        var thumbnails = new ArrayList<>(options);
        thumbnails.addAll(List.of("--data-dir", data.toString()));
        compare(
            rows, "demo with the network of 32 pixels", was, DemoRates.of(here, thumbnails, demo));
      } finally {
        PhotoFiles.delete(data);
      }
    }
    return rows;
  }

  private void compare(
      List<Map<String, Object>> rows, String what, @Nullable DemoRates was, DemoRates is) {
    boolean dry = is.images() >= 0.85 * photographs; // a tenth is held out
    String end = dry ? " (it came to the end of the files)" : "";
    rows.add(
        metric(
            what + ", consumed by the learner a second" + end,
            was == null ? null : was.learned(),
            is.learned(),
            was == null ? "3" : ratio("3", was.learned(), is.learned())));
    rows.add(
        metric(
            what + ", embedded a second" + end,
            was == null ? null : was.embedded(),
            is.embedded(),
            was == null ? "8" : ratio("8", was.embedded(), is.embedded())));
    rows.add(
        metric(
            what + ", most that the learner was behind, images",
            was == null ? null : was.lag(),
            is.lag(),
            ""));
    rows.add(
        metric(
            what + ", peak resident memory, MiB",
            was == null ? null : was.mebibytes(),
            is.mebibytes(),
            "1536"));
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
    return new Pair(mean(rounds, before), mean(rounds, now));
  }

  /** One after the other, and not in turn: what one leaves to the collector is not the other's. */
  private static double mean(int rounds, Rounds.Work work) throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      work.run();
    }
    System.gc();
    double sum = 0;
    for (int i = 0; i < rounds; i++) {
      sum += milliseconds(work);
    }
    return sum / rounds;
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
    List<ImageRecord> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(photo("photo-" + i, files[i % files.length]));
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
