package io.millrace.serving.http;

import java.time.Duration;
import java.util.List;

/**
 * What the inference, search and release routes let in.
 *
 * @param maxBodyBytes largest request body
 * @param maxBatch images of one request
 * @param maxSide longest side in pixels of an image that comes as a tensor
 * @param maxConcurrent requests that are worked on at once; more get 429, and so do more than four
 *     times as many that send their bodies
 * @param maxWaiting calls that wait for the model; more get 429
 * @param requestTimeout after which a request is given up with 503, or with 408 where its body has
 *     not come
 * @param drainTimeout how long a stop waits for the requests in progress
 * @param loadedReleases releases that stay loaded for calls, the last used ones
 * @param tokenFile file with the bearer token; empty for {@code http-token} in the data folder,
 *     made at the first start
 * @param protectReads whether every route that shows data needs the token, the live page's too, not
 *     only those that change something
 * @param hosts names under which the process may be called, besides the loopback ones, the address
 *     bound and the machine's own; an {@code Origin} must be one of them too
 * @param protectMetrics whether {@code /metrics} needs the token
 * @param corsOrigins pages elsewhere that browsers may call from, such as https://app.example.com
 * @param maxPerClient of the requests that are worked on, those of one client, that is one address
 *     or IPv6 network; and a fourth of those that it may be sending
 * @param minBodyRate bytes a second that a body must come with on average once three seconds are
 *     over, half a second while many come; slower ones get 408
 * @param image what an encoded image of a request may cost
 */
public record ApiSettings(
    int maxBodyBytes,
    int maxBatch,
    int maxSide,
    int maxConcurrent,
    int maxWaiting,
    Duration requestTimeout,
    Duration drainTimeout,
    int loadedReleases,
    String tokenFile,
    boolean protectReads,
    List<String> hosts,
    boolean protectMetrics,
    List<String> corsOrigins,
    int maxPerClient,
    int minBodyRate,
    RequestImageSettings image) {
  private static final int BODY_RATE = 16 * 1024;

  public ApiSettings {
    hosts = List.copyOf(hosts);
    corsOrigins = List.copyOf(corsOrigins);
    for (String origin : corsOrigins) {
      if (!origin.matches("https?://[^/?#@\\s*]+")) {
        throw new IllegalArgumentException(
            "corsOrigins holds '"
                + origin
                + "': expected scheme, name and port alone, as in https://app.example.com");
      }
    }
    within("maxPerClient", maxPerClient, 1, 1024);
    within("minBodyRate", minBodyRate, 1, 1 << 30);
    within("maxBodyBytes", maxBodyBytes, 1024, 1 << 30);
    within("maxBatch", maxBatch, 1, 65_536);
    within("maxSide", maxSide, 8, 16_384);
    within("maxConcurrent", maxConcurrent, 1, 1024);
    within("maxWaiting", maxWaiting, 1, 4096);
    within("requestTimeout", requestTimeout, Duration.ofMillis(10), Duration.ofMinutes(10));
    within("drainTimeout", drainTimeout, Duration.ZERO, Duration.ofMinutes(10));
    within("loadedReleases", loadedReleases, 1, 100);
  }

  /** One with no limit of its own for a client, and the default ones for images and slow bodies. */
  public ApiSettings(
      int maxBodyBytes,
      int maxBatch,
      int maxSide,
      int maxConcurrent,
      int maxWaiting,
      Duration requestTimeout,
      Duration drainTimeout,
      int loadedReleases,
      String tokenFile,
      boolean protectReads,
      List<String> hosts) {
    this(
        maxBodyBytes,
        maxBatch,
        maxSide,
        maxConcurrent,
        maxWaiting,
        requestTimeout,
        drainTimeout,
        loadedReleases,
        tokenFile,
        protectReads,
        hosts,
        false,
        List.of(),
        maxConcurrent,
        BODY_RATE,
        RequestImageSettings.defaults());
  }

  /**
   * 16 MiB, 256 images of up to 512 pixels, 16 requests at once and 12 of one client, 30 s each, 2
   * releases.
   */
  public static ApiSettings defaults() {
    return new ApiSettings(
        16 << 20,
        256,
        512,
        16,
        32,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        2,
        "",
        false,
        List.of(),
        false,
        List.of(),
        12,
        BODY_RATE,
        RequestImageSettings.defaults());
  }

  static <T extends Comparable<T>> void within(String key, T value, T least, T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }
}
