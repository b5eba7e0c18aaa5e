package io.millrace.serving.http;

import io.javalin.http.Context;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Who may enter: how many at once, with which token, called by which name. */
final class AdmissionControl {
  private static final int BODIES_PER_HEAP = 32;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final ApiSettings settings;
  private final AccessToken token;
  private final Set<String> hosts;
  private final Semaphore places;

  /** What all bodies may take: JSON becomes a few times its length, so a small part of the heap. */
  private final Semaphore bodyBytes;

  private final AtomicInteger inside = new AtomicInteger();
  private final ApiMetrics metrics;
  private volatile boolean draining;

  /**
   * @param bound address that the server is bound to
   * @param metrics is told how many are in
   */
  AdmissionControl(ApiSettings settings, AccessToken token, String bound, ApiMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
    this.token = token;
    this.hosts = new HashSet<>(LOOPBACK);
    hosts.add(bound.toLowerCase(Locale.ROOT));
    settings.hosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
    this.places = new Semaphore(settings.maxConcurrent());
    long share = Runtime.getRuntime().maxMemory() / BODIES_PER_HEAP;
    this.bodyBytes =
        new Semaphore((int) Math.max(settings.maxBodyBytes(), Math.min(share, Integer.MAX_VALUE)));
  }

  /** Lets a request in; {@link #leave} must follow. */
  void enter(Context ctx, boolean changes) {
    if (changes) {
      requireOwnName(ctx);
    }
    if ((changes || settings.protectReads()) && !token.isIn(ctx.header("Authorization"))) {
      ctx.header("WWW-Authenticate", "Bearer");
      throw new ApiError(
          401, "Authorization", "this route needs the bearer token; see docs/serving.md");
    }
    if (draining) {
      throw new ApiError(503, null, "this process is stopping");
    }
    if (!places.tryAcquire()) {
      throw new ApiError(
          429,
          null,
          settings.maxConcurrent() + " requests are in progress already (api.maxConcurrent)");
    }
    new RequestContext(settings.requestTimeout(), System::nanoTime, bodyBytes).begin(ctx);
    metrics.inProgress(inside.incrementAndGet());
  }

  void leave(Context ctx) {
    RequestContext.of(ctx).end();
    metrics.inProgress(inside.decrementAndGet());
    places.release();
  }

  /**
   * A page elsewhere must not reach these routes through a browser: neither under a name that it
   * lets point here, nor across origins.
   */
  private void requireOwnName(Context ctx) {
    String host = ctx.header("Host");
    if (host == null || !hosts.contains(withoutPort(host))) {
      throw new ApiError(403, "Host", "Host is '" + host + "': expected one of api.hosts");
    }
    String origin = ctx.header("Origin");
    if (origin != null && !hosts.contains(hostOf(origin))) {
      throw new ApiError(403, "Origin", "Origin is '" + origin + "': expected one of api.hosts");
    }
  }

  private static String withoutPort(String host) {
    return host.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
  }

  private static @Nullable String hostOf(String origin) {
    try {
      String host = new URI(origin).getHost();
      return host == null ? "" : host.toLowerCase(Locale.ROOT);
    } catch (URISyntaxException e) {
      return "";
    }
  }

  /** Lets nobody in any more and waits for those inside; returns whether all have left. */
  boolean drain() {
    draining = true;
    try {
      boolean all =
          places.tryAcquire(
              settings.maxConcurrent(), settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS);
      if (all) {
        places.release(settings.maxConcurrent());
      }
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
