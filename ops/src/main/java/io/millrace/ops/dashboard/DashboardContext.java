package io.millrace.ops.dashboard;

import io.javalin.config.JavalinConfig;
import io.millrace.ops.health.Health;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the HTTP server of a process shows.
 *
 * @param state status, history, pictures
 * @param health checks
 * @param scrape gives the meters in Prometheus' text form
 * @param timing is told how long requests took
 * @param explorer looks into embeddings, views and words
 * @param more further routes, such as those of serving
 */
public record DashboardContext(
    DashboardState state,
    Health health,
    Supplier<String> scrape,
    Timing timing,
    Explorer explorer,
    List<Consumer<JavalinConfig>> more) {
  public DashboardContext {
    more = List.copyOf(more);
  }

  /** A page with nothing behind it but status and health. */
  public static DashboardContext of(DashboardState state, Health health) {
    return new DashboardContext(state, health, () -> "", Timing.NONE, Explorer.NONE, List.of());
  }

  /** The same with something to look into. */
  public DashboardContext with(Explorer other) {
    return new DashboardContext(state, health, scrape, timing, other, more);
  }

  /** The same with further routes. */
  public DashboardContext and(Consumer<JavalinConfig> routes) {
    return new DashboardContext(state, health, scrape, timing, explorer, List.of(routes));
  }

  /** Told how long requests took. */
  public interface Timing {
    /** Tells nobody. */
    Timing NONE = (method, route, status, nanos) -> {};

    /** A request was answered. */
    void answered(String method, String route, int status, long nanos);
  }
}
