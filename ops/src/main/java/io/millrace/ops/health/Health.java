package io.millrace.ops.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The checks of this process. Live: none of the checks that a restart would mend fails. Ready: no
 * check fails at all. Results are kept for a moment, so that probes cannot load the broker.
 */
public final class Health {
  private static final Duration KEPT = Duration.ofSeconds(2);

  private static final Set<String> ROLES = Set.of("ingest", "learner", "serving");

  private final InstantSource clock;
  private final List<Check> live = new CopyOnWriteArrayList<>();
  private final List<Check> ready = new CopyOnWriteArrayList<>();
  private List<CheckResult> last = List.of();
  private Instant lookedAt = Instant.MIN;

  public Health(InstantSource clock) {
    this.clock = clock;
  }

  /** Adds a check whose failure only a restart mends: a dead thread, a fenced learner. */
  public void addLive(Check check) {
    live.add(check);
  }

  /** Adds a check whose failure may pass: a broker out of reach, no release yet. */
  public void addReady(Check check) {
    ready.add(check);
  }

  /** Results of the checks that liveness rests on. */
  public List<CheckResult> live() {
    return look(live);
  }

  /** Results of the checks that one role rests on: its own, and those that are nobody's own. */
  public List<CheckResult> ofRole(String role) {
    return all().stream()
        .filter(result -> result.name().equals(role) || !ROLES.contains(result.name()))
        .toList();
  }

  /** Results of all checks, at most two seconds old. */
  public synchronized List<CheckResult> all() {
    Instant now = clock.instant();
    if (lookedAt.equals(Instant.MIN) || !now.isBefore(lookedAt.plus(KEPT))) {
      var out = new ArrayList<CheckResult>(look(live));
      out.addAll(look(ready));
      last = List.copyOf(out);
      lookedAt = now;
    }
    return last;
  }

  private static List<CheckResult> look(List<Check> checks) {
    return checks.stream().map(Check::result).toList();
  }
}
