package io.millrace.learner.bench;

import io.millrace.ingest.stream.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;

/** A harm other than kills, with its row of figures. */
enum ChaosScenario {
  /** The broker stands still and goes on. */
  BROKER_STOP("SIGSTOP of the broker for 45 s, then SIGCONT; seconds until every part goes on") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      return harmed(
          at,
          ChaosLaunch.usual(rate),
          seed,
          system -> {
            var seconds = new ArrayList<Double>();
            for (int i = 0; i < 3; i++) {
              system.get(ChaosPart.BROKER).signal("STOP");
              TimeUnit.SECONDS.sleep(45); // the harm, not a condition
              system.get(ChaosPart.BROKER).signal("CONT");
              seconds.add(
                  ChaosScenario.seconds(
                      () -> system.awaitProgress("after the stop", ChaosSystem.PATIENCE)));
            }
            return List.of(times("stop of the broker", seconds, system));
          });
    }
  },

  /** The learner is asked to end while it writes a checkpoint. */
  TERM_IN_CHECKPOINT(
      "SIGTERM of the learner while a checkpoint is being written; seconds to its end") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      Path checkpoints = at.resolve("data").resolve("checkpoints");
      return harmed(
          at,
          ChaosLaunch.usual(rate),
          seed,
          system -> {
            var seconds = new ArrayList<Double>();
            for (int i = 0; i < 5; i++) {
              spin("a checkpoint", () -> writing(checkpoints));
              seconds.add(ChaosScenario.seconds(() -> system.get(ChaosPart.LEARNER).end()));
              system.get(ChaosPart.LEARNER).start();
              system.awaitWorking(ChaosPart.LEARNER, "the learner, started again");
            }
            return List.of(times("SIGTERM in a checkpoint", seconds, system));
          });
    }
  },

  /** Nine of ten records are no images, some of them dear to find out. */
  GARBAGE("delay from images.raw to images.accepted on the partitions without garbage, ms") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      byte[] dear = ChaosDelays.dearPng();
      var rows = new ArrayList<Map<String, Object>>();
      rows.addAll(garbage(at, rate, seed, "none", 1, 0, i -> dear));
      rows.addAll(garbage(at, rate, seed, "noise", 1, 9 * rate, ChaosSystem.noise(seed)));
      for (int threads : new int[] {1, 2}) {
        rows.addAll(
            garbage(at, rate, seed, "9 megapixels, unreadable", threads, 9 * rate, i -> dear));
      }
      return rows;
    }

    private List<Map<String, Object>> garbage(
        Path at,
        int rate,
        long seed,
        String kind,
        int threads,
        int perSecond,
        IntFunction<byte[]> bad)
        throws Exception {
      var how = new ChaosLaunch(rate, Map.of(), List.of("ingest.threads=" + threads), Map.of());
      boolean workedOff = !kind.startsWith("9");
      return harmed(
          at.resolve("garbage-" + kind.substring(0, 2) + threads),
          how,
          seed,
          system -> {
            system.feed(seed, perSecond, bad);
            ChaosDelays.Quantiles delays =
                ChaosDelays.over(system.client(), Duration.ofSeconds(60));
            return List.of(
                Result.row(
                    "garbage", kind,
                    "asked for, a second", perSecond,
                    "ingest.threads", threads,
                    "images", delays.images(),
                    "median, ms", delays.median(),
                    "p99, ms", delays.p99(),
                    "longest, ms", delays.longest()));
          },
          workedOff);
    }
  },

  /** Each part with little memory. */
  SMALL_HEAP("a minute with little heap each; what ended by itself is started again") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      var rows = new ArrayList<Map<String, Object>>();
      for (int heap : new int[] {128, 96, 64}) {
        var heaps =
            Map.of(
                ChaosPart.INGEST, heap,
                ChaosPart.LEARNER, heap,
                ChaosPart.SERVING, heap,
                ChaosPart.PUBLISHER, heap);
        try (var system =
            new ChaosSystem(
                at.resolve("heap-" + heap), new ChaosLaunch(rate, heaps, List.of(), Map.of()))) {
          rows.add(little(at, heap, system));
          System.err.println(rows.get(rows.size() - 1));
        }
      }
      return rows;
    }

    /**
     * With too little of it a part never works: that is the figure then, and there is no ledger.
     */
    private Map<String, Object> little(Path at, int heap, ChaosSystem system) throws Exception {
      Object works;
      boolean settled = false;
      try {
        system.startBroker();
        works = seconds(system::startAll);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (System.nanoTime() < end) {
          system.alive();
          TimeUnit.MILLISECONDS.sleep(100);
        }
        system.settleAndCheck();
        system.ledger().requireHolds(at);
        settled = true;
      } catch (TimeoutException e) {
        works = "no: " + e.getMessage();
      }
      Map<String, Object> row =
          Result.row(
              "heap, MiB", heap, "all work after, s", works, "ended by itself", ended(system));
      row.put("lost", settled ? (Object) system.ledger().lost() : "not told");
      row.put("doubled", settled ? (Object) system.ledger().doubled() : "not told");
      return row;
    }
  },

  /** The clocks of all parts but the broker jump by an hour, forth and back; needs libfaketime. */
  CLOCK_JUMP("clocks jump; seconds until every part has gone on") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      Path library =
          Stream.of(
                  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
                  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
                  "/usr/lib/faketime/libfaketimeMT.so.1")
              .map(Path::of)
              .filter(Files::exists)
              .findFirst()
              .orElseThrow(
                  () -> new IllegalStateException("skipped: no libfaketime on this machine"));
      Files.createDirectories(at);
      Path clock = Files.writeString(at.resolve("clock"), "+0");
      var environment =
          Map.of(
              "LD_PRELOAD",
              library.toString(),
              "FAKETIME_TIMESTAMP_FILE",
              clock.toString(),
              "FAKETIME_CACHE_DURATION",
              "1",
              "FAKETIME_DONT_FAKE_MONOTONIC",
              "1",
              "FAKETIME_FORCE_MONOTONIC_FIX",
              "0"); // what it does for older C libraries ends timed waits at once
      return harmed(
          at,
          new ChaosLaunch(rate, Map.of(), List.of(), environment),
          seed,
          system -> {
            var rows = new ArrayList<Map<String, Object>>();
            for (String jump : List.of("+3600", "+0", "-3600", "+0")) {
              Files.writeString(clock, jump);
              TimeUnit.SECONDS.sleep(5); // until all have read it
              double seconds =
                  ChaosScenario.seconds(
                      () -> system.awaitProgress("after " + jump, ChaosSystem.PATIENCE));
              rows.add(
                  times("all clocks but the broker's at " + jump + " s", List.of(seconds), system));
            }
            return rows;
          });
    }
  },

  /** The disk of the data folder is full, then free again; needs the right to mount. */
  DISK_FULL("the data folder's disk is full for 60 s; seconds until the learner is ready again") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      Path data = Files.createDirectories(at.resolve("data"));
      if (shell(
              "mount",
              "-t",
              "tmpfs",
              "-o",
              "size=1300m" /* a start asks for 1 GiB */,
              "tmpfs",
              data.toString())
          != 0) {
        throw new IllegalStateException("skipped: no right to mount a small disk");
      }
      try {
        return harmed(
            at,
            ChaosLaunch.usual(rate),
            seed,
            system -> {
              Path filler = data.resolve("filler");
              shell("dd", "if=/dev/zero", "of=" + filler, "bs=64k");
              double noticed =
                  ChaosScenario.seconds(
                      () ->
                          ChaosSystem.await(
                              "the learner to say so",
                              () -> system.alive() && !system.get(ChaosPart.LEARNER).isReady()));
              TimeUnit.SECONDS.sleep(60); // the harm, not a condition
              boolean ingest = system.get(ChaosPart.INGEST).isReady();
              Files.delete(filler);
              double back =
                  ChaosScenario.seconds(
                      () -> {
                        system.awaitWorking(ChaosPart.LEARNER, "the learner, with room again");
                        system.awaitWorking(ChaosPart.SERVING, "serving, with room again");
                      });
              return List.of(
                  Result.row(
                      "not ready after, s", noticed,
                      "ingest ready meanwhile", ingest,
                      "back after, s", back,
                      "ended by itself", system.endedByItself()));
            });
      } finally {
        shell("umount", "-l", data.toString());
      }
    }
  },

  /** A thousand partitions of images.raw. */
  PARTITIONS_1000("1,000 partitions of images.raw") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      try (var system = new ChaosSystem(at, ChaosLaunch.usual(rate))) {
        system.startBroker();
        try (Admin admin = Admin.create(system.client())) {
          admin
              .createPartitions(
                  Map.of(Topics.defaults().imagesRaw(), NewPartitions.increaseTo(1_000)))
              .all()
              .get();
        }
        double start = seconds(system::startAll);
        ChaosDelays.Quantiles delays = ChaosDelays.over(system.client(), Duration.ofSeconds(60));
        system.settleAndCheck();
        system.ledger().requireHolds(at);
        return List.of(
            withLedger(
                Result.row(
                    "all work after, s", start,
                    "images in 60 s", delays.images(),
                    "median delay, ms", delays.median(),
                    "longest, ms", delays.longest(),
                    "ended by itself", system.endedByItself()),
                system));
      }
    }
  },

  /** Each topic is deleted and made again while all runs. */
  REMADE_TOPIC("a topic is deleted and made again; seconds until all parts work, at most 120") {
    @Override
    List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception {
      Topics t = Topics.defaults();
      var rows = new ArrayList<Map<String, Object>>();
      List<String> topics =
          List.of(
              t.imagesRejected(),
              t.streamStats(),
              t.publisherPositions(),
              t.embeddings(),
              t.targets(),
              t.embeddingRefresh(),
              t.imagesRaw(),
              t.imagesAccepted(),
              t.learnerLease(),
              t.modelReleases());
      // What is lost with a topic is lost: no ledger. A topic is made again in the system that went
      // on after the one before, else in a new one.
      var how = new ChaosLaunch(rate, Map.of(), List.of("ingest.newTopic=beginning"), Map.of());
      ChaosSystem system = null;
      try {
        for (String topic : topics) {
          if (system == null) {
            system = new ChaosSystem(at.resolve(topic), how);
            system.startBroker();
            system.startAll();
          }
          int endedBefore = system.endedByItself();
          remake(topic, system);
          Object works = within(system);
          rows.add(
              Result.row(
                  "topic", topic,
                  "all work after, s", works,
                  "ended by itself", system.endedByItself() - endedBefore));
          System.err.println(rows.get(rows.size() - 1));
          if (!(works instanceof Double)) {
            system.close();
            system = null;
          }
        }
      } finally {
        if (system != null) {
          system.close();
        }
      }
      return rows;
    }

    private void remake(String topic, ChaosSystem system) throws Exception {
      try (Admin admin = Admin.create(system.client())) {
        admin.deleteTopics(List.of(topic)).all().get();
        ChaosSystem.await("the topic's end", () -> !names(admin).contains(topic));
      }
      system.get(ChaosPart.BROKER).command("topics", "--create");
    }

    private Object within(ChaosSystem system) throws Exception {
      try {
        return seconds(() -> system.awaitProgress("afterwards", Duration.ofSeconds(120)));
      } catch (TimeoutException e) {
        return "no: " + e.getMessage();
      }
    }
  };

  private final String question;

  ChaosScenario(String question) {
    this.question = question;
  }

  String question() {
    return question;
  }

  /**
   * Does the harm.
   *
   * @param at where data and logs go
   * @param rate images a second
   * @return figures
   * @throws IllegalStateException when the ledger does not add up, or this machine can't do it
   */
  abstract List<Map<String, Object>> run(Path at, int rate, long seed) throws Exception;

  private interface Harm {
    List<Map<String, Object>> to(ChaosSystem system) throws Exception;
  }

  private interface Step {
    void run() throws Exception;
  }

  private static List<Map<String, Object>> harmed(Path at, ChaosLaunch how, long seed, Harm harm)
      throws Exception {
    return harmed(at, how, seed, harm, true);
  }

  /** A running system, the harm, and the ledger where what was sent can be worked off in time. */
  private static List<Map<String, Object>> harmed(
      Path at, ChaosLaunch how, long seed, Harm harm, boolean check) throws Exception {
    try (var system = new ChaosSystem(at, how)) {
      system.startBroker();
      system.startAll();
      List<Map<String, Object>> rows = harm.to(system);
      rows.forEach(System.err::println); // what was measured, whatever the ledger says
      if (check) {
        system.settleAndCheck();
        system.ledger().requireHolds(at);
        return rows.stream().map(row -> withLedger(row, system)).toList();
      }
      return rows;
    }
  }

  private static Map<String, Object> withLedger(Map<String, Object> row, ChaosSystem system) {
    row.put("lost", system.ledger().lost());
    row.put("doubled", system.ledger().doubled());
    return row;
  }

  private static Map<String, Object> times(String what, List<Double> seconds, ChaosSystem system) {
    List<Double> sorted = seconds.stream().sorted().toList();
    return Result.row(
        "harm", what,
        "times", sorted.size(),
        "median, s", sorted.get(sorted.size() / 2),
        "longest, s", sorted.get(sorted.size() - 1),
        "ended by itself", system.endedByItself());
  }

  /** Which parts ended by themselves, and how often. */
  private static String ended(ChaosSystem system) {
    return Stream.of(ChaosPart.values())
        .filter(part -> system.get(part).endedByItself() > 0)
        .map(part -> part + " " + system.get(part).endedByItself())
        .collect(Collectors.joining(", "));
  }

  private static double seconds(Step step) throws Exception {
    long begin = System.nanoTime();
    step.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static boolean writing(Path checkpoints) {
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files.anyMatch(f -> f.getFileName().toString().startsWith(".writing-"));
    } catch (IOException e) {
      return false; // not there yet
    }
  }

  /** Waits for what lasts a few milliseconds. */
  private static void spin(String what, java.util.function.BooleanSupplier until)
      throws TimeoutException {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!until.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("waited for " + what);
      }
      Thread.onSpinWait();
    }
  }

  private static java.util.Set<String> names(Admin admin) {
    try {
      return admin.listTopics().names().get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int shell(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
