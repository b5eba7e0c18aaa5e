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
final class Calls {
  private final ReleaseBook book;
  private final ModelRunner runner;
  private final ApiMetrics metrics;

  Calls(ReleaseBook book, ModelRunner runner, ApiMetrics metrics) {
    this.metrics = metrics;
    this.book = book;
    this.runner = runner;
  }

  /** The release that a client pins, or the one that serves. */
  ReleaseManifest release(@Nullable String pinned) {
    long version = pinned == null ? serving() : number(pinned);
    List<ReleaseManifest> all = book.releases();
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
                            + book.model()
                            + ": expected one of "
                            + all.stream().map(ReleaseManifest::version).toList()));
    if (!found.gate().equals(ReleaseManifest.PROMOTED)) {
      throw new ApiError(
          409,
          "version",
          found.key()
              + " is "
              + found.gate()
              + ": expected one that is promoted, of "
              + all.stream()
                  .filter(m -> m.gate().equals(ReleaseManifest.PROMOTED))
                  .map(ReleaseManifest::version)
                  .toList());
    }
    return found;
  }

  /** Versions that a client may pin: this one first, then the other promoted ones, newest first. */
  List<String> versions(ReleaseManifest first) {
    var out = new ArrayList<>(List.of(first.version()));
    book.releases().stream()
        .filter(m -> m.gate().equals(ReleaseManifest.PROMOTED))
        .map(ReleaseManifest::version)
        .filter(version -> version != first.version())
        .sorted(Comparator.reverseOrder())
        .forEach(out::add);
    return out.stream().map(String::valueOf).toList();
  }

  private long serving() {
    OptionalLong serving = book.serving();
    if (serving.isEmpty()) {
      throw new ApiError(503, null, "no release of " + book.model() + " serves yet");
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
   * @param visit whose time bounds the wait
   */
  <T> T run(
      ReleaseManifest release, String model, int images, Visit visit, ModelRunner.Work<T> work) {
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
      return future.get(visit.nanosLeft(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(false);
      throw visit.over();
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
