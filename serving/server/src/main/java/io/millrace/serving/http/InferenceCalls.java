package io.millrace.serving.http;

import io.millrace.learner.release.ReleaseManifest;
import io.millrace.serving.embed.BusyException;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.embed.ReleaseNotLoadedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Chooses the release of a call and runs the call on it, in bounded time. */
final class InferenceCalls {
  private final ReleaseCatalog catalog;
  private final ModelRunner runner;
  private final ApiMetrics metrics;

  InferenceCalls(ReleaseCatalog catalog, ModelRunner runner, ApiMetrics metrics) {
    this.metrics = metrics;
    this.catalog = catalog;
    this.runner = runner;
  }

  /** The release that a client pins, or the one that serves. */
  ReleaseManifest release(@Nullable String pinned) {
    long version = pinned == null ? serving() : number(pinned);
    List<ReleaseManifest> all = catalog.releases();
    ReleaseManifest found =
        all.stream()
            .filter(m -> m.version() == version)
            .findFirst()
            .orElseThrow(
                () ->
                    new ApiError(
                        404,
                        "version",
                        "there is no version "
                            + version
                            + " of "
                            + catalog.model()
                            + ": expected one of "
                            + all.stream().map(ReleaseManifest::version).toList()));
    if (found.gate() != ReleaseManifest.State.PROMOTED) {
      throw new ApiError(
          409,
          "version",
          found.key()
              + " is "
              + found.gate()
              + ": expected one that is promoted, of "
              + all.stream()
                  .filter(m -> m.gate() == ReleaseManifest.State.PROMOTED)
                  .map(ReleaseManifest::version)
                  .toList());
    }
    return found;
  }

  /** Versions that a client may pin: this one first, then the other promoted ones, newest first. */
  List<String> versions(ReleaseManifest first) {
    var out = new ArrayList<>(List.of(first.version()));
    catalog.releases().stream()
        .filter(m -> m.gate() == ReleaseManifest.State.PROMOTED)
        .map(ReleaseManifest::version)
        .filter(version -> version != first.version())
        .sorted(Comparator.reverseOrder())
        .forEach(out::add);
    return out.stream().map(String::valueOf).toList();
  }

  private long serving() {
    OptionalLong serving = catalog.serving();
    if (serving.isEmpty()) {
      throw new ApiError(503, null, "no release of " + catalog.model() + " serves yet");
    }
    return serving.getAsLong();
  }

  static long number(String version) {
    if (!version.matches("\\d{1,18}")) {
      throw new ApiError(404, "version", "version is '" + version + "': expected a number");
    }
    return Long.parseLong(version);
  }

  /**
   * Runs work on a release and waits for it.
   *
   * @param model what is asked for, as the meters call it
   * @param images how many it is about
   * @param request whose time bounds the wait
   */
  <T> T run(
      ReleaseManifest release,
      String model,
      int images,
      RequestContext request,
      ModelRunner.Work<T> work) {
    Future<T> future;
    long asked = System.nanoTime();
    try {
      future =
          runner.submit(
              release,
              running -> {
                long began = System.nanoTime();
                T done = work.of(running);
                metrics.ran(model, images, began - asked, System.nanoTime() - began);
                return done;
              });
    } catch (BusyException e) {
      throw new ApiError(429, null, e.getMessage() + " (api.maxWaiting)");
    }
    try {
      return future.get(request.nanosLeft(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(false);
      throw request.over();
    } catch (CancellationException e) {
      throw new ApiError(503, null, "this process is stopping");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiError(503, null, "this process is stopping");
    } catch (ExecutionException e) {
      throw failed(release, e.getCause());
    }
  }

  private static RuntimeException failed(ReleaseManifest release, @Nullable Throwable cause) {
    if (cause instanceof ApiError error) {
      return error;
    }
    if (cause instanceof ReleaseNotLoadedException) {
      return new ApiError(503, "version", release.key() + " can't be loaded now");
    }
    if (cause instanceof IllegalArgumentException) {
      return ApiError.bad("inputs", "do not fit: " + cause.getMessage());
    }
    return new IllegalStateException(release.key() + ": a call failed", cause);
  }
}
