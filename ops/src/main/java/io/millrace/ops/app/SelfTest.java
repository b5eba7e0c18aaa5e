package io.millrace.ops.app;

import io.millrace.ingest.topology.TopicCatalogue;
import io.millrace.ingest.topology.TopicSpec;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** What a process needs before it can start: engine, broker, topics, disk. Changes nothing. */
final class SelfTest {
  private static final long LOW_DISK_BYTES = 1L << 30;
  private static final long PATIENCE_SECONDS = 20;

  private final MillraceConfig config;
  private final Admin admin;

  /**
   * @param admin stays the caller's to close
   */
  SelfTest(MillraceConfig config, Admin admin) {
    this.config = config;
    this.admin = admin;
  }

  /** The checks that these roles need, in the order in which they depend on each other. */
  List<Check> checks(Set<RoleName> roles) {
    var out = new ArrayList<Check>();
    if (roles.contains(RoleName.LEARNER) || roles.contains(RoleName.SERVING)) {
      out.add(Check.of("engine", this::engine));
    }
    out.add(Check.of("disk", this::disk));
    out.add(Check.of("broker", this::broker));
    out.add(Check.of("topics", this::topics));
    return out;
  }

  /**
   * Looks at all of them.
   *
   * @throws UserError saying all that fails
   */
  void require(Set<RoleName> roles) {
    List<String> failures =
        checks(roles).stream()
            .map(Check::result)
            .filter(result -> !result.ok())
            .map(CheckResult::detail)
            .toList();
    if (!failures.isEmpty()) {
      throw new UserError(String.join("; ", failures));
    }
  }

  /** Multiplies two matrices on it, which a wrong instruction set or driver would not survive. */
  private CheckResult engine() {
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options());
        var scope = engine.scope()) {
      float[] product =
          engine
              .tensor(new float[] {1, 2, 3, 4}, 2, 2)
              .matmul(engine.tensor(new float[] {0, 1, 1, 0}, 2, 2))
              .toFloats();
      EngineInfo info = engine.info();
      String what = info.engine() + " " + info.version() + " on " + info.device();
      return Arrays.equals(product, new float[] {2, 1, 4, 3})
          ? CheckResult.pass(
              "engine", what + " (" + info.deviceName() + ", " + info.capability() + ")")
          : CheckResult.fail("engine", what + " miscalculates: " + Arrays.toString(product));
    } catch (RuntimeException | LinkageError e) {
      return CheckResult.fail("engine", "engine " + config.engine().name() + ": " + Main.words(e));
    }
  }

  /** Writes to the data folder, or where it will be made, and asks how much room there is. */
  private CheckResult disk() throws IOException {
    CheckResult room = room();
    if (!room.ok()) {
      return room;
    }
    Path at = folder();
    Path probe = null;
    try {
      probe = Files.createTempFile(at, ".millrace-", ".probe");
      try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      return room;
    } catch (IOException e) {
      return CheckResult.fail("disk", at + " (dataDir) can't be written to: " + e);
    } finally {
      if (probe != null) {
        Files.deleteIfExists(probe);
      }
    }
  }

  /** How much room there is under the data folder. */
  CheckResult room() throws IOException {
    long free = Files.getFileStore(folder()).getUsableSpace();
    String words =
        String.format(Locale.ROOT, "%.1f GiB free under %s", free / (double) (1 << 30), folder());
    return free < LOW_DISK_BYTES
        ? CheckResult.fail("disk", words + ": expected at least 1 GiB")
        : CheckResult.pass("disk", words);
  }

  /** The data folder, or the nearest one above it that is there. */
  private Path folder() {
    Path at = config.dataDir().toAbsolutePath();
    while (!Files.exists(at) && at.getParent() != null) {
      at = at.getParent();
    }
    return at;
  }

  CheckResult broker() throws InterruptedException {
    try {
      int nodes = admin.describeCluster().nodes().get(PATIENCE_SECONDS, TimeUnit.SECONDS).size();
      return CheckResult.pass(
          "broker", nodes + (nodes == 1 ? " node" : " nodes") + " at " + servers());
    } catch (ExecutionException | TimeoutException e) {
      return CheckResult.fail("broker", unreachable(e));
    }
  }

  private CheckResult topics() throws InterruptedException {
    Set<String> present;
    try {
      present = admin.listTopics().names().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return CheckResult.fail("topics", unreachable(e));
    }
    var missing = new TreeSet<String>();
    List<TopicSpec> wanted = TopicCatalogue.of(config.topicNames(), config.topics());
    for (TopicSpec spec : wanted) {
      if (!present.contains(spec.name())) {
        missing.add(spec.name());
      }
    }
    return missing.isEmpty()
        ? CheckResult.pass("topics", "all " + wanted.size() + " are there")
        : CheckResult.fail(
            "topics",
            "topics are missing: "
                + String.join(", ", missing)
                + "; create them with 'millrace topics --create'");
  }

  private String servers() {
    return config.kafka().bootstrapServers();
  }

  private String unreachable(Exception e) {
    return "no answer from "
        + servers()
        + " (kafka.bootstrapServers): "
        + (e.getCause() == null ? e.toString() : e.getCause().getMessage());
  }
}
