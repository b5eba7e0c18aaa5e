package io.millrace.ingest.claim;

import io.millrace.ingest.objects.ObjectStore;
import io.millrace.ingest.threads.DaemonThreads;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.jspecify.annotations.Nullable;

/** Fetches claimed images, a bounded number from each host at a time. Safe for many threads. */
public final class ClaimFetches implements AutoCloseable {
  private final ClaimSettings settings;
  private final List<ClaimUrl> prefixes;
  private final HttpsImages https;
  private final @Nullable FileImages files;
  private final @Nullable S3Images s3;
  private final Map<String, HostQueue> hosts = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(DaemonThreads.numbered("claim-"));
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.numbered("claim-clock-"));

  /**
   * Trusts the certificates that this Java does.
   *
   * @param objects where s3:// leads, its maker's; null for nowhere
   * @throws IllegalArgumentException where the root of files is no folder, or a prefix is s3:// and
   *     leads nowhere
   */
  public static ClaimFetches of(ClaimSettings settings, @Nullable ObjectStore objects) {
    try {
      return new ClaimFetches(
          settings, objects, SSLContext.getDefault(), SystemDefaultDnsResolver.INSTANCE);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no TLS in this Java", e);
    }
  }

  ClaimFetches(
      ClaimSettings settings, @Nullable ObjectStore objects, SSLContext tls, DnsResolver names) {
    this.settings = settings;
    prefixes = settings.urls();
    files = settings.fileRoot().isEmpty() ? null : new FileImages(settings);
    s3 = objects == null ? null : new S3Images(objects, settings.maxBytes());
    if (s3 == null && prefixes.stream().anyMatch(ClaimUrl::isS3)) {
      throw new IllegalArgumentException(
          "ingest.claims.prefixes has an s3:// prefix, and there is no object storage");
    }
    https = new HttpsImages(settings, tls, names);
  }

  /** Why a claim would not be fetched; null where it would. */
  public @Nullable FetchOutcome refusal(String reference) {
    try {
      allowed(reference);
      return null;
    } catch (ClaimException e) {
      return FetchOutcome.of(e, 0, 0);
    }
  }

  /**
   * Begins to fetch an image, or lets it wait for its turn.
   *
   * @param whenDone called once by some thread, which it must not hold up
   */
  public ClaimFetch fetch(String reference, Consumer<ClaimFetch> whenDone) {
    ClaimUrl url;
    try {
      url = allowed(reference);
    } catch (ClaimException e) {
      ClaimFetch refused = new Refused(FetchOutcome.of(e, 0, 0));
      whenDone.accept(refused);
      return refused;
    }
    return hosts
        .computeIfAbsent(
            url.host(), host -> new HostQueue(host, store(url), settings, threads, clock))
        .fetch(url, whenDone);
  }

  private ClaimUrl allowed(String reference) throws ClaimException {
    ClaimUrl url = ClaimUrl.read(reference);
    if (url.isFile() ? files == null : prefixes.stream().noneMatch(p -> p.covers(url))) {
      throw ClaimException.refused(
          url.isFile()
              ? "a file, and no ingest.claims.fileRoot"
              : "no prefix of ingest.claims covers " + url.shown());
    }
    return url;
  }

  private ImageStore store(ClaimUrl url) {
    ImageStore other = url.isFile() ? files : url.isS3() ? s3 : https;
    return Objects.requireNonNull(other); // allowed() and the constructor see to it
  }

  private record Refused(FetchOutcome take) implements ClaimFetch {
    @Override
    public void cancel() {}
  }

  @Override
  public void close() {
    threads.shutdownNow();
    clock.shutdownNow();
    https.close();
  }
}
