package io.millrace.serving.http;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;
import java.util.List;

/** What the inference, search and release routes let in. */
public record ApiSettings(
    @Doc("largest request body") @Range(min = 1024, max = 1 << 30) int maxBodyBytes,
    @Doc("images of one request") @Range(min = 1, max = 65_536) int maxBatch,
    @Doc("longest side in pixels of an image that comes as a tensor") @Range(min = 8, max = 16_384)
        int maxSide,
    @Doc(
            "requests that are worked on at once; more get 429, and so do more than four times as "
                + "many that send their bodies")
        @Range(min = 1, max = 1024)
        int maxConcurrent,
    @Doc("calls that wait for the model; more get 429") @Range(min = 1, max = 4096) int maxWaiting,
    @Doc("after which a request is given up with 503, or with 408 where its body has not" + " come")
        @DurationRange(min = "PT0.01S", max = "PT10M")
        Duration requestTimeout,
    @Doc("how long a stop waits for the requests in progress")
        @DurationRange(min = "PT0S", max = "PT10M")
        Duration drainTimeout,
    @Doc("releases that stay loaded for calls, the last used ones") @Range(min = 1, max = 100)
        int loadedReleases,
    @Doc(
            "file with the bearer token; empty for http-token in dataDir, made at the first"
                + " start")
        String tokenFile,
    @Doc(
            "whether every route that shows data needs the token, the live page's too, not only"
                + " those that change something")
        boolean protectReads,
    @Doc(
            "names under which the process may be called, besides the loopback ones, the address "
                + "bound and the machine's own; an Origin must be one of them too")
        List<String> hosts,
    @Doc("whether /metrics needs the token") boolean protectMetrics,
    @Doc("pages elsewhere that browsers may call from, such as https://app.example.com")
        List<String> corsOrigins,
    @Doc(
            "of the requests that are worked on, those of one client, that is one address or IPv6 "
                + "network; and a fourth of those that it may be sending")
        @Range(min = 1, max = 1024)
        int maxPerClient,
    @Doc(
            "bytes a second that a body must come with on average once three seconds are over, "
                + "half a second while many come; slower ones get 408")
        @Range(min = 1, max = 1 << 30)
        int minBodyRate,
    @Doc("what an encoded image of a request may cost") RequestImageSettings image) {
  private static final int BODY_RATE = 16 * 1024;

  public ApiSettings {
    Allowed.check(
        ApiSettings.class,
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
        protectMetrics,
        corsOrigins,
        maxPerClient,
        minBodyRate,
        image);
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
}
