package io.millrace.serving.http;

import io.javalin.http.Context;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;

/**
 * Who may enter: how many at once, of them how many of one client. A request comes in to send its
 * body, and takes a place to be worked on once all of it is here, so that slow clients take no
 * places. Those that act (promote, forget: with the token alone) have places of their own.
 */
final class AdmissionControl {
  /** Requests that may be in for each that may be worked on: the others send their bodies. */
  private static final int SENDERS = 4;

  private static final int ACTIONS = 4;
  private static final int BODIES_PER_HEAP = 32;
  private static final int NETWORK_BYTES = 8;

  private final ApiSettings settings;
  private final AccessControl access;
  private final Clients inside;
  private final Clients worked = new Clients(all -> {});
  private final Semaphore actions = new Semaphore(ACTIONS);

  /** What all bodies may take: JSON becomes a few times its length, so a small part of the heap. */
  private final Semaphore bodyBytes;

  private volatile boolean draining;

  /** Requests by client. */
  private static final class Clients {
    private final Map<String, Integer> byClient = new HashMap<>();
    private final IntConsumer changed;
    private int all;

    /**
     * @param changed told how many there are, one change after the other: told outside of the lock,
     *     an older number could come last and stay
     */
    Clients(IntConsumer changed) {
      this.changed = changed;
    }

    /** Adds one and gives null, or says what is full. */
    synchronized boolean add(String client, int most, int mostOfOne) {
      int own = byClient.getOrDefault(client, 0);
      if (all >= most || own >= mostOfOne) {
        return false;
      }
      byClient.put(client, own + 1);
      changed.accept(++all);
      return true;
    }

    synchronized void remove(String client) {
      byClient.merge(client, -1, Integer::sum);
      byClient.remove(client, 0);
      changed.accept(--all);
      notifyAll();
    }

    /** Waits until none is left; returns whether none is. */
    synchronized boolean awaitNone(Duration most) throws InterruptedException {
      long end = System.nanoTime() + most.toNanos();
      while (all > 0) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        wait(left);
      }
      return true;
    }
  }

  /**
   * @param metrics is told how many are in
   */
  AdmissionControl(ApiSettings settings, AccessControl access, ApiMetrics metrics) {
    this.settings = settings;
    this.inside = new Clients(metrics::inProgress);
    this.access = access;
    long share = Runtime.getRuntime().maxMemory() / BODIES_PER_HEAP;
    this.bodyBytes =
        new Semaphore((int) Math.max(settings.maxBodyBytes(), Math.min(share, Integer.MAX_VALUE)));
  }

  /** Lets a request in; {@link #leave} must follow. */
  void enter(Context ctx, boolean changes) {
    if (changes) {
      access.requireChange(ctx);
    } else {
      access.requireRead(ctx);
    }
    if (draining) {
      throw stopping();
    }
    String client = client(ctx.ip());
    int factor = changes ? 2 * SENDERS : SENDERS;
    if (!inside.add(client, factor * settings.maxConcurrent(), factor * settings.maxPerClient())) {
      throw full("sent", factor);
    }
    new RequestContext(settings.requestTimeout(), System::nanoTime, bodyBytes, client, changes)
        .begin(ctx);
    if (draining) {
      leave(ctx);
      throw stopping();
    }
  }

  /** Takes a place for the work on a request that is in. */
  void work(RequestContext request) {
    if (request.changes() ? !actions.tryAcquire() : !take(request)) {
      throw request.changes()
          ? new ApiError(429, null, ACTIONS + " requests that change something are in progress")
          : full("worked on", 1);
    }
    request.worked();
  }

  private boolean take(RequestContext request) {
    return worked.add(request.client(), settings.maxConcurrent(), settings.maxPerClient());
  }

  private ApiError full(String doing, int factor) {
    return new ApiError(
        429,
        null,
        factor * settings.maxConcurrent()
            + " requests are "
            + doing
            + " already (api.maxConcurrent), or "
            + factor * settings.maxPerClient()
            + " of this client (api.maxPerClient)");
  }

  private static ApiError stopping() {
    return new ApiError(503, null, "this process is stopping");
  }

  void leave(Context ctx) {
    RequestContext request = RequestContext.of(ctx);
    request.end();
    if (request.isWorked()) {
      if (request.changes()) {
        actions.release();
      } else {
        worked.remove(request.client());
      }
    }
    inside.remove(request.client());
  }

  /** Names a client: its address, or the network of an IPv6 one, whose host part is its choice. */
  static String client(String address) {
    if (!address.contains(":")) {
      return address;
    }
    try {
      InetAddress parsed = InetAddress.getByName(address.replaceAll("[\\[\\]]", ""));
      return parsed instanceof Inet6Address v6
          ? HexFormat.of().formatHex(Arrays.copyOf(v6.getAddress(), NETWORK_BYTES))
          : parsed.getHostAddress();
    } catch (UnknownHostException e) {
      return address;
    }
  }

  /** Lets nobody in any more and waits for those inside; returns whether all have left. */
  boolean drain() {
    draining = true;
    try {
      return inside.awaitNone(settings.drainTimeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
