package io.millrace.learner.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does harm to a running system and then reads the ledger: separate processes, a real broker,
 * images of good and bad kinds without a pause. What must hold at the end is in {@link
 * ChaosLedger}; a violation is a failure of the command.
 */
@Command(
    name = "chaos",
    description = {
      "Kills broker, ingest, learner, serving and publisher at random, reads the ledger;",
      "or does one other harm: ${COMPLETION-CANDIDATES} (--scenario)."
    })
final class ChaosBench extends Benchmark {
  @Option(names = "--minutes", defaultValue = "10", description = "How long (${DEFAULT-VALUE}).")
  int minutes;

  @Option(names = "--kills", defaultValue = "0", description = "At most; 0 for any number.")
  int most;

  @Option(names = "--seed", defaultValue = "1", description = "Of who and when (${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--rate",
      defaultValue = "40",
      description = "Images a second (${DEFAULT-VALUE}).")
  int rate;

  @Option(names = "--garbage", defaultValue = "10", description = "Bad ones a second besides.")
  int garbage;

  @Option(
      names = "--together",
      defaultValue = "1",
      description = "Parts that are killed at one time, at most (${DEFAULT-VALUE}).")
  int together = 1;

  @Option(names = "--set", description = "A setting of Millrace, key=value.")
  List<String> settings = List.of();

  @Option(names = "--scenario", description = "Another harm than kills: ${COMPLETION-CANDIDATES}.")
  @Nullable ChaosScenario scenario;

  @Option(
      names = "--patience",
      defaultValue = "5",
      description = "Minutes in which all must work again (${DEFAULT-VALUE}).")
  int patience = 5;

  @Option(names = "--folder", description = "Where data and logs go; a temporary one if not given.")
  @Nullable Path folder;

  private final Map<ChaosPart, List<Double>> recoveries = new EnumMap<>(ChaosPart.class);

  private @Nullable Result kills;

  @Override
  Result measure() throws Exception {
    Path at = folder == null ? Files.createTempDirectory("millrace-chaos") : folder;
    ChaosScenario other = scenario;
    if (other != null) {
      String name =
          "chaos-" + other.toString().replace('_', '-').toLowerCase(java.util.Locale.ROOT);
      return new Result(name, other.question(), other.run(at, rate, seed));
    }
    var how = new ChaosLaunch(rate, Map.of(), settings, Map.of());
    ChaosLedger ledger;
    var rows = new ArrayList<Map<String, Object>>();
    try (var system = new ChaosSystem(at, how)) {
      ledger = system.ledger();
      system.startBroker();
      system.feed(seed, garbage, ChaosSystem.noise(seed));
      system.startAll();
      kill(system);
      system.settleAndCheck();
      for (ChaosPart part : ChaosPart.values()) {
        rows.add(row(part, system));
      }
    }
    kills =
        new Result(
            "chaos-" + seed, "SIGKILL at random, seed " + seed + ", " + rate + " images/s", rows);
    kills.report(out);
    ledger.requireHolds(at);
    return new Result(
        "chaos-" + seed + "-ledger",
        "what the log holds after seed " + seed,
        List.of(ledger.facts()));
  }

  /** Kills and recoveries by part, once measured. */
  Result kills() {
    return Objects.requireNonNull(kills);
  }

  private void kill(ChaosSystem system) throws Exception {
    var random = new Random(seed);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (int kills = 0; System.nanoTime() < end && (most == 0 || kills < most); ) {
      Set<ChaosPart> victims = victims(random, most == 0 ? together : most - kills);
      Thread.sleep(500 + random.nextInt(5_000)); // the seed's pause, not a condition
      for (ChaosPart victim : victims) {
        system.get(victim).kill();
      }
      long killed = System.nanoTime();
      ChaosLedger.Mark mark = system.ledger().mark();
      for (ChaosPart victim : victims) { // the broker comes first
        system.get(victim).start();
        if (victim == ChaosPart.BROKER) {
          ChaosSystem.await("the broker", system.ledger()::brokerAnswers);
        }
      }
      Set<ChaosPart> away = EnumSet.copyOf(victims);
      ChaosSystem.await(
          () -> victims + " after a kill" + system.whyAway(away),
          Duration.ofMinutes(patience),
          () -> system.alive() && areBack(away, system, mark, killed));
      kills += victims.size();
      System.err.printf(
          "kill %d: %s, back after %.1f s, of which %.1f s on a processor%n",
          kills,
          victims,
          (System.nanoTime() - killed) / 1e9,
          victims.stream().mapToDouble(v -> system.get(v).processorSeconds()).sum());
    }
  }

  private Set<ChaosPart> victims(Random random, int most) {
    int count = Math.min(most, together == 1 ? 1 : 1 + random.nextInt(together));
    Set<ChaosPart> out = EnumSet.noneOf(ChaosPart.class);
    while (out.size() < count) {
      out.add(ChaosPart.values()[random.nextInt(ChaosPart.values().length)]);
    }
    return out;
  }

  /** Notes each part's recovery once it works; whether none is away any more. */
  private boolean areBack(
      Set<ChaosPart> away, ChaosSystem system, ChaosLedger.Mark mark, long killed) {
    for (ChaosPart part : Set.copyOf(away)) {
      if (system.works(part, mark)) {
        away.remove(part);
        double seconds = (System.nanoTime() - killed) / 1e9;
        recoveries.computeIfAbsent(part, p -> new ArrayList<>()).add(seconds);
      }
    }
    return away.isEmpty();
  }

  private Map<String, Object> row(ChaosPart part, ChaosSystem system) {
    List<Double> sorted = recoveries.getOrDefault(part, List.of()).stream().sorted().toList();
    return ChaosRecoveries.row(
        part.toString(),
        sorted,
        system.get(part).endedByItself(),
        system.ledger().lost(),
        system.ledger().doubled(),
        system.ledger().violations().size());
  }
}
