package io.millrace.learner.method;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tiny variant of every method, learned by a group of processes on 4 shards: 20 updates in one
 * go, and the last 10 from what another group has left after 10. {@link #main} is one process.
 */
public final class ShardedRun {
  public static final int SHARDS = 4;

  /** Updates in all, and of those before a restart. */
  private static final int STEPS = 20;

  private static final int HALF = 10;
  private static final int IMAGES = 4;

  /** After the hash of a run whose input was changed on one rank. */
  public static final String PLANTED = "planted ";

  /** Before the hash of a run that went on from another group's state. */
  public static final String RESUMED = "resumed ";

  private ShardedRun() {}

  /**
   * One process of a group.
   *
   * @param args folder, number of processes, rank, number of the processes that it resumes from (0:
   *     none)
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int size = Integer.parseInt(args[1]);
    int rank = Integer.parseInt(args[2]);
    try (Engine engine = engine();
        Collectives group =
            Groups.join(
                engine,
                new GroupAddress(
                    folder,
                    "test-" + size,
                    1,
                    rank,
                    size,
                    Duration.ofSeconds(60),
                    GroupBackend.GLOO))) {
      List<String> lines = run(engine, group, folder, Integer.parseInt(args[3]));
      Files.write(folder.resolve("hashes-" + size + "-" + rank), lines);
    }
  }

  /** One thread: the number of threads changes sums. */
  public static Engine engine() {
    return Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, false, 1));
  }

  /** All runs of a group; a line each: what was run, and the hash of the state it ended with. */
  public static List<String> run(Engine engine, Collectives group, Path folder, int resumeFrom)
      throws IOException {
    var lines = new ArrayList<String>();
    Path own = Files.createDirectories(folder.resolve("own-" + group.size() + "-" + group.rank()));
    for (String name : TinyMethods.names()) {
      Method method = TinyMethods.create(name, engine, own);
      try (MethodState state = begin(method, engine, group)) {
        learn(method, state, group, 0, HALF, false);
        if (group.leads()) {
          write(state.snapshot(), folder.resolve(name + "-" + group.size()));
        }
        learn(method, state, group, HALF, STEPS, false);
        lines.add(name + " " + hash(state));
      }
      if (resumeFrom > 0) {
        try (MethodState state = begin(method, engine, group)) {
          state.restore(read(folder.resolve(name + "-" + resumeFrom)));
          learn(method, state, group, HALF, STEPS, false);
          lines.add(RESUMED + name + " " + hash(state));
        }
      }
    }
    if (group.size() > 1) {
      for (String name : List.of("byol", "obow")) {
        Method method = TinyMethods.create(name, engine, own);
        try (MethodState state = begin(method, engine, group)) {
          learn(method, state, group, 0, STEPS, group.rank() == 1);
          lines.add(PLANTED + name + " " + hash(state));
        }
      }
    }
    return lines;
  }

  private static MethodState begin(Method method, Engine engine, Collectives group) {
    MethodState state = method.initialize(engine);
    state.distribute(new Shards(SHARDS, group.size(), group.rank()), group);
    return state;
  }

  private static void learn(
      Method method, MethodState state, Collectives group, int from, int to, boolean planted) {
    var shards = new Shards(SHARDS, group.size(), group.rank());
    for (int step = from; step < to; step++) {
      int first = (step * SHARDS + shards.from()) * IMAGES;
      ImageBatch batch = Blobs.batch(step, first, shards.local() * IMAGES);
      method.step(planted && step == HALF ? withAnother(batch) : batch, state);
    }
  }

  /** The same batch with another first image. */
  private static ImageBatch withAnother(ImageBatch batch) {
    var entries = new ArrayList<>(batch.entries());
    IdentifiedImage first = entries.get(0);
    byte[] rgb = first.image().rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] ^= 64;
    }
    entries.set(
        0,
        new IdentifiedImage(
            first.id(), new PixelImage(first.image().width(), first.image().height(), rgb)));
    return new ImageBatch(batch.step(), entries);
  }

  private static String hash(MethodState state) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      try (var out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        write(state.snapshot(), out);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(StateSnapshot snapshot, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      write(snapshot, out);
    }
  }

  private static void write(StateSnapshot snapshot, OutputStream to) throws IOException {
    var out = new DataOutputStream(new BufferedOutputStream(to));
    out.writeInt(snapshot.tensors().size());
    for (var entry : new TreeMap<>(snapshot.tensors()).entrySet()) {
      out.writeUTF(entry.getKey());
      out.writeInt(entry.getValue().shape().size());
      for (long length : entry.getValue().shape()) {
        out.writeLong(length);
      }
      for (float value : (float[]) entry.getValue().values()) {
        out.writeFloat(value);
      }
    }
    out.writeInt(snapshot.counters().size());
    for (var entry : new TreeMap<>(snapshot.counters()).entrySet()) {
      out.writeUTF(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeInt(snapshot.scalars().size());
    for (var entry : new TreeMap<>(snapshot.scalars()).entrySet()) {
      out.writeUTF(entry.getKey());
      out.writeDouble(entry.getValue());
    }
    out.flush();
  }

  private static StateSnapshot read(Path file) throws IOException {
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      var tensors = new TreeMap<String, HostTensor>();
      for (int n = in.readInt(); n > 0; n--) {
        String name = in.readUTF();
        var shape = new ArrayList<Long>();
        long count = 1;
        for (int d = in.readInt(); d > 0; d--) {
          shape.add(in.readLong());
          count *= shape.get(shape.size() - 1);
        }
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
          values[i] = in.readFloat();
        }
        tensors.put(name, new HostTensor(shape, values));
      }
      var counters = new TreeMap<String, Long>();
      for (int n = in.readInt(); n > 0; n--) {
        counters.put(in.readUTF(), in.readLong());
      }
      var scalars = new TreeMap<String, Double>();
      for (int n = in.readInt(); n > 0; n--) {
        scalars.put(in.readUTF(), in.readDouble());
      }
      return new StateSnapshot(tensors, counters, scalars);
    }
  }

  /** Starts all processes of a group on this class path. */
  public static List<Process> start(Path folder, int size, int resumeFrom) throws IOException {
    var processes = new ArrayList<Process>();
    for (int rank = 0; rank < size; rank++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ShardedRun.class.getName(),
                  folder.toString(),
                  Integer.toString(size),
                  Integer.toString(rank),
                  Integer.toString(resumeFrom))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log-" + size + "-" + rank).toFile())
              .start());
    }
    return processes;
  }

  /** What a process wrote, for errors. */
  public static @Nullable String log(Path folder, int size, int rank) throws IOException {
    Path file = folder.resolve("log-" + size + "-" + rank);
    return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : null;
  }
}
