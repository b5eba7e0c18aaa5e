package io.millrace.ops.node;

import io.millrace.ops.explore.FollowEmbeddings;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows embeddings for the page. Retries every 10 s on failure; nothing else stops. */
final class EmbeddingWatch implements Role {
  private static final Logger log = LoggerFactory.getLogger(EmbeddingWatch.class);

  private final FollowEmbeddings follow;
  private final Map<String, Object> clients;
  private final CountDownLatch stop = new CountDownLatch(1);

  EmbeddingWatch(FollowEmbeddings follow, Map<String, Object> clients) {
    this.follow = follow;
    this.clients = clients;
  }

  @Override
  public String name() {
    return "embedding-watch";
  }

  @Override
  public void run() throws InterruptedException {
    while (stop.getCount() > 0) {
      try (var consumer = Clients.reader(clients, "millrace-watch-embeddings")) {
        follow.run(consumer, stop);
      } catch (RuntimeException e) {
        log.warn("embeddings can't be followed, next try in 10 s: {}", e.toString());
        stop.await(10, TimeUnit.SECONDS);
      }
    }
  }

  @Override
  public void stop() {
    stop.countDown();
  }
}
