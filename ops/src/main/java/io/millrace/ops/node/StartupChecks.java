package io.millrace.ops.node;

import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSpec;
import io.millrace.learner.group.Groups;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.terminal.FailureText;
import io.millrace.ops.terminal.KafkaCauses;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/** What a process needs before it can start: engine, broker, topics, disk. Changes nothing. */
public final class StartupChecks {
  private static final String NOT_LOOKED_AT = "not looked at: the broker does not answer";
  private static final long LOW_DISK_BYTES = 1L << 30;
  private static final int WHILE_RUNNING_MILLIS = 2_000;
  private static final Duration KNOCK = Duration.ofSeconds(2);

  private final MillraceConfig config;
  private final Supplier<Admin> admin;
  private boolean unreachable;

  /**
   * @param admin gives one that stays the caller's to close; may throw with a message for the user
   */
  public StartupChecks(MillraceConfig config, Supplier<Admin> admin) {
    this.config = config;
    this.admin = admin;
  }

  /** The checks that these roles need, in the order in which they depend on each other. */
  public List<Check> checks(Set<RoleName> roles) {
    var out = new ArrayList<Check>();
    if (roles.contains(RoleName.LEARNER) || roles.contains(RoleName.SERVING)) {
      out.add(Check.of("engine", () -> engine(roles)));
    }
    out.add(Check.of("disk", this::disk));
    out.add(
        Check.of(
            "broker",
            () -> {
              CheckResult result = broker();
              unreachable = !result.ok();
              return result;
            }));
    out.add(Check.of("topics", this::topics));
    if (roles.contains(RoleName.LEARNER) && config.learner().group().isOn()) {
      out.add(Check.of("group", () -> GroupCheck.look(config)));
    }
    return out;
  }

  /**
   * Looks at all of them.
   *
   * @throws UserError saying all that fails
   */
  public void require(Set<RoleName> roles) {
    List<String> failures =
        checks(roles).stream()
            .map(Check::result)
            .filter(result -> !result.ok())
            .map(CheckResult::detail)
            .filter(detail -> !detail.equals(NOT_LOOKED_AT))
            .toList();
    if (!failures.isEmpty()) {
      throw new UserError(String.join("; ", failures));
    }
  }

  /**
   * Multiplies two matrices on it, which a wrong instruction set or driver would not survive, and
   * asks how it would exchange with other processes where it is to.
   */
  private CheckResult engine(Set<RoleName> roles) {
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options());
        var scope = engine.scope()) {
      float[] product =
          engine
              .tensor(new float[] {1, 2, 3, 4}, 2, 2)
              .matmul(engine.tensor(new float[] {0, 1, 1, 0}, 2, 2))
              .toFloats();
      EngineInfo info = engine.info();
      String what = info.engine() + " " + info.version() + " on " + info.device();
      if (!Arrays.equals(product, new float[] {2, 1, 4, 3})) {
        return CheckResult.fail("engine", what + " miscalculates: " + Arrays.toString(product));
      }
      what += " (" + info.deviceName() + ", " + info.capability() + ")";
      GroupSettings group = config.learner().group().of(config.learner().shards());
      if (roles.contains(RoleName.LEARNER) && group.isOn()) {
        what += ", collectives by " + Groups.backend(engine, group.backend());
      }
      return CheckResult.pass("engine", what);
    } catch (RuntimeException | LinkageError e) {
      return CheckResult.fail(
          "engine",
          "engine "
              + config.engine().name()
              + ": "
              + CudaPackages.advice(e).orElseGet(() -> FailureText.of(e)));
    }
  }

  /** Writes to the data folder, or where it will be made, and asks how much room there is. */
  private CheckResult disk() throws IOException {
    CheckResult room = room();
    if (!room.ok()) {
      return room;
    }
    Path at = folder();
    if (!Files.isDirectory(at)) {
      return CheckResult.fail("disk", at + " (dataDir) is a file: expected a folder");
    }
    Path probe = null;
    try {
      probe = Files.createTempFile(at, ".millrace-", ".probe");
      try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      return room;
    } catch (IOException e) {
      return CheckResult.fail(
          "disk", at + " (dataDir) can't be written to: " + DataFolder.reason(e));
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

  /** Whether the broker answers, and what may be wrong where it does not. */
  CheckResult broker() throws InterruptedException {
    return broker(new DescribeClusterOptions(), true);
  }

  /** Whether the broker answers now, for a process that runs. */
  CheckResult brokerNow() throws InterruptedException {
    return broker(new DescribeClusterOptions().timeoutMs(WHILE_RUNNING_MILLIS), false);
  }

  private CheckResult broker(DescribeClusterOptions options, boolean knock)
      throws InterruptedException {
    Optional<String> closed = knock ? Knock.closed(servers(), KNOCK) : Optional.empty();
    if (closed.isPresent()) {
      return CheckResult.fail("broker", noAnswer() + ": " + closed.get());
    }
    try {
      int nodes = admin.get().describeCluster(options).nodes().get().size();
      return CheckResult.pass(
          "broker", nodes + (nodes == 1 ? " node" : " nodes") + " at " + servers());
    } catch (UserError e) {
      return CheckResult.fail("broker", String.valueOf(e.getMessage()));
    } catch (ExecutionException e) {
      return CheckResult.fail("broker", unreachable(e, knock));
    }
  }

  private CheckResult topics() throws InterruptedException {
    return unreachable
        ? CheckResult.fail("topics", NOT_LOOKED_AT)
        : topics(
            TopicCatalog.of(config.topicNames(), config.topics()).stream()
                .filter(
                    spec ->
                        config.learner().group().isOn()
                            || !spec.name().equals(config.topicNames().learnerMembers()))
                .toList());
  }

  /** Whether these topics are there. */
  CheckResult topics(List<TopicSpec> wanted) throws InterruptedException {
    Set<String> present;
    try {
      present = admin.get().listTopics().names().get();
    } catch (ExecutionException e) {
      return CheckResult.fail("topics", unreachable(e, true));
    }
    var missing = new TreeSet<String>();
    for (TopicSpec spec : wanted) {
      if (!present.contains(spec.name())) {
        missing.add(spec.name());
      }
    }
    var hidden = new TreeSet<String>(missing);
    hidden.removeIf(topic -> !denied(topic));
    if (!hidden.isEmpty()) {
      String what = "Not authorized to describe topics: " + hidden;
      return CheckResult.fail("topics", DeniedAccess.denied(what, config.kafka()));
    }
    return missing.isEmpty()
        ? CheckResult.pass("topics", "all " + wanted.size() + " are there")
        : CheckResult.fail(
            "topics",
            "topics are missing: "
                + String.join(", ", missing)
                + "; create them with 'millrace topics --create'");
  }

  /** Whether a topic that is in no list may be there, and not be seen. */
  private boolean denied(String topic) {
    try {
      admin.get().describeTopics(List.of(topic)).topicNameValues().get(topic).get();
      return false;
    } catch (ExecutionException e) {
      return e.getCause() instanceof TopicAuthorizationException;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private String servers() {
    return config.kafka().bootstrapServers();
  }

  private String unreachable(ExecutionException e, boolean knock) {
    String words = noAnswer();
    if (!(e.getCause() instanceof TimeoutException)) {
      return words + ": " + KafkaCauses.of(e.getCause());
    }
    return knock
        ? words
            + ": "
            + servers()
            + " listens, but does not speak Kafka's protocol with these settings: is"
            + " security.protocol (kafka.client) right?"
        : words;
  }

  private String noAnswer() {
    return "no answer from " + servers() + " (kafka.bootstrapServers)";
  }
}
