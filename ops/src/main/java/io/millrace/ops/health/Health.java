package io.millrace.ops.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The checks of this process. Live: none of the checks that a restart would mend fails. Ready: no
 * check fails at all. Results are kept for a moment, so that probes cannot load the broker.
 */
public final class Health {
  private static final Duration KEPT = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final List<Check> live = new CopyOnWriteArrayList<>();
  private final List<Of> ready = new CopyOnWriteArrayList<>();
  private List<Found> last = List.of();
  private Instant lookedAt = Instant.MIN;

  /** A check of one role; null where it is nobody's own. */
  private record Of(@Nullable String role, Check check) {}

  /** What such a check found. */
  private record Found(@Nullable String role, CheckResult result) {}

  public Health(InstantSource clock) {
    this.clock = clock;
  }

  /** Adds a check whose failure only a restart mends: a dead thread, a fenced learner. */
  public void addLive(Check check) {
    live.add(check);
  }

  /** Adds a check whose failure may pass and that every role rests on: a broker out of reach. */
  public void addReady(Check check) {
    ready.add(new Of(null, check));
  }

  /** Adds a check whose failure may pass and that one role rests on: no release yet. */
  public void addReady(String role, Check check) {
    ready.add(new Of(role, check));
  }

  /** Results of the checks that liveness rests on. */
  public List<CheckResult> live() {
    return live.stream().map(Check::result).toList();
  }

  /**
   * Results of the checks that one role rests on: its own, and those that are nobody's own; empty
   * where this process has no such role.
   */
  public Optional<List<CheckResult>> ofRole(String role) {
    return ready.stream().anyMatch(of -> role.equals(of.role()))
        ? Optional.of(
            look().stream()
                .filter(found -> found.role() == null || role.equals(found.role()))
                .map(Found::result)
                .toList())
        : Optional.empty();
  }

  /** Results of all checks, at most two seconds old. */
  public List<CheckResult> all() {
    return look().stream().map(Found::result).toList();
  }

  private synchronized List<Found> look() {
    Instant now = clock.instant();
    if (lookedAt.equals(Instant.MIN) || !now.isBefore(lookedAt.plus(KEPT))) {
      var out = new ArrayList<Found>();
      live().forEach(result -> out.add(new Found(null, result)));
      ready.forEach(of -> out.add(new Found(of.role(), of.check().result())));
      last = List.copyOf(out);
      lookedAt = now;
    }
    return last;
  }
}
