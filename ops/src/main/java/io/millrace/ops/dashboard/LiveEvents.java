package io.millrace.ops.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.sse.SseClient;
import io.millrace.ingest.threads.DaemonThreads;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells open pages each second how things stand ({@code frame}), and what has changed since they
 * were told: {@code images} and {@code releases}. One thread for each page: a slow one holds up
 * nobody else.
 */
final class LiveEvents implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveEvents.class);
  private static final int MAX_LISTENERS = 32;
  private static final int RELEASES = 50;

  private final DashboardState dashboardState;
  private final JsonMapper json = Json.mapper();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<Thread> listeners = ConcurrentHashMap.newKeySet();

  LiveEvents(DashboardState dashboardState) {
    this.dashboardState = dashboardState;
  }

  void listen(SseClient client) {
    if (listeners.size() >= MAX_LISTENERS) {
      client.sendEvent("full", "{}");
      client.close();
      return;
    }
    client.keepAlive();
    Thread thread = DaemonThreads.named("live-page-listener", () -> tell(client));
    listeners.add(thread);
    thread.start();
  }

  private void tell(SseClient client) {
    try {
      List<ThumbnailCache.Card> images = List.of();
      List<Status.Release> releases = List.of();
      while (!client.terminated()) {
        Status now = dashboardState.status();
        if (!releases.equals(now.releases())) {
          releases = now.releases();
          client.sendEvent("releases", releases(releases));
        }
        client.sendEvent("frame", frame(now));
        List<ThumbnailCache.Card> cards = dashboardState.images().cards();
        if (!images.equals(cards)) {
          images = cards;
          client.sendEvent("images", write(cards));
        }
        if (closed.await(1, TimeUnit.SECONDS)) {
          client.close();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.debug("a listener of the live page went away", e);
    } finally {
      listeners.remove(Thread.currentThread());
    }
  }

  private String frame(Status now) {
    ObjectNode status = json.valueToTree(now);
    status.remove("releases");
    // They are among the metrics.
    if (status.get("learner") instanceof ObjectNode learner) {
      learner.remove("monitors");
    }
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("status", status);
    frame.put("seconds", now.at().toEpochMilli() / 1000.0);
    frame.put("figures", DashboardState.metrics(now));
    return write(frame);
  }

  /** The newest ones, and how many there are: a model that learns for months has thousands. */
  private String releases(List<Status.Release> all) {
    return write(
        Map.of("total", all.size(), "newest", all.subList(0, Math.min(RELEASES, all.size()))));
  }

  private String write(Object body) {
    try {
      return json.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      for (Thread listener : listeners) {
        listener.join(2000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
