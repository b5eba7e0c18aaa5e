package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.release.KafkaWriterLease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Processes that learn one model together, each by a name that its member's id begins with. */
public final class GroupProcesses implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final ImageTopics cluster;
  private final String model;
  private final Path store;
  private final Path logs;
  private final Duration patience;
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private final Set<String> killed = new HashSet<>();
  private boolean mayEnd;

  /**
   * @param store folder of their checkpoints
   * @param logs folder of what they print
   * @param patience how long anything is waited for
   */
  public GroupProcesses(
      ImageTopics cluster, String model, Path store, Path logs, Duration patience) {
    this.cluster = cluster;
    this.model = model;
    this.store = store;
    this.logs = logs;
    this.patience = patience;
  }

  /** Starts one whose output goes to the logs' folder. */
  public void start(String name, ProcessBuilder process) throws IOException {
    process.redirectErrorStream(true).redirectOutput(log(name).toFile());
    processes.put(name, process.start());
  }

  /** Waits for a generation in force. */
  public Generation awaitGroup(Predicate<Generation> wanted) {
    var found = new Generation[1];
    awaitWell(
        () -> {
          found[0] = lease().inForce().filter(wanted).orElse(null);
          return found[0] != null;
        });
    return found[0];
  }

  /** Waits until a generation, or one after it, has learned on. */
  public void awaitCheckpoint(Generation by) {
    awaitWell(() -> checkpoints().highestEpoch() >= by.epoch());
  }

  /** Waits until so many images are applied, by the latest checkpoint. */
  public void awaitApplied(long images) {
    awaitWell(() -> restored().progress().counters().applied() >= images);
  }

  /** Waits until they have printed what matches so often. */
  public void awaitSaid(String regex, int times) {
    awaitWell(() -> said(regex) >= times);
  }

  private void awaitWell(Callable<Boolean> condition) {
    await()
        .atMost(patience)
        .pollInterval(POLL)
        .until(
            () -> {
              requireWell();
              return condition.call();
            });
  }

  /** How often the processes have printed what matches. */
  public int said(String regex) throws IOException {
    int found = 0;
    for (String name : processes.keySet()) {
      found += (int) Pattern.compile(regex).matcher(printed(name)).results().count();
    }
    return found;
  }

  /** The first group of what a process has printed that matches. */
  public String found(String name, String regex) throws IOException {
    var matcher = Pattern.compile(regex).matcher(printed(name));
    assertThat(matcher.find()).as("%s in what %s printed", regex, name).isTrue();
    return matcher.group(1);
  }

  /** The latest checkpoint. */
  public Checkpoint restored() throws IOException {
    return checkpoints().restore(lease()).orElseThrow();
  }

  private CheckpointStore checkpoints() throws IOException {
    return CheckpointStore.open(store, 3);
  }

  private Lineage lease() {
    try (var lease =
        new KafkaWriterLease(
            cluster.client, cluster.topics.learnerLease(), model, InstantSource.system())) {
      return lease.look();
    }
  }

  /** Ends a member by SIGKILL. */
  public void kill(String member) throws Exception {
    killed.add(nameOf(member));
    signal("KILL", nameOf(member));
  }

  /** Sends a process a signal that it survives. */
  public void signal(String signal, String name) throws Exception {
    long pid = processes.get(name).pid();
    int rc = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    assertThat(rc).isZero();
  }

  /** Asks all that were not killed to end. */
  public void stop() {
    processes.forEach(
        (name, process) -> {
          if (!killed.contains(name)) {
            process.destroy();
          }
        });
  }

  /** Waits until all that were not killed have ended, with one of these codes. */
  public void awaitEnd(Integer... codes) throws Exception {
    for (Map.Entry<String, Process> left : processes.entrySet()) {
      if (!killed.contains(left.getKey())) {
        boolean ended = left.getValue().waitFor(patience.toSeconds(), TimeUnit.SECONDS);
        assertThat(ended).as(printed(left.getKey())).isTrue();
        assertThat(left.getValue().exitValue()).as(printed(left.getKey())).isIn((Object[]) codes);
      }
    }
  }

  /** From now on they may end by themselves, in order. */
  public void mayEnd() {
    mayEnd = true;
  }

  /** Only those end that were killed, or that may. */
  private void requireWell() throws IOException {
    for (Map.Entry<String, Process> left : processes.entrySet()) {
      Process process = left.getValue();
      boolean well =
          process.isAlive()
              || killed.contains(left.getKey())
              || (mayEnd && process.exitValue() == 0);
      assertThat(well).as(printed(left.getKey())).isTrue();
    }
  }

  /** Names of a generation's processes, by rank. */
  public static List<String> names(Generation generation) {
    return generation.members().stream().map(GroupProcesses::nameOf).toList();
  }

  /** The name of a member's process. */
  public static String nameOf(String member) {
    return member.substring(0, member.indexOf('-'));
  }

  private Path log(String name) {
    return logs.resolve(name + ".log");
  }

  private String printed(String name) throws IOException {
    return name + ": " + Files.readString(log(name));
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
  }
}
