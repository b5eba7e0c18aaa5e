package io.millrace.ingest.feed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

class MemoryImageFeedTest extends ImageFeedContract {
  @Override
  protected FeedLog newLog(int partitions) {
    return new MemoryLog(partitions);
  }

  @Override
  protected Duration quiet() {
    return Duration.ZERO;
  }

  /** Repeats what was written to every feed that is open or opens later. */
  static final class MemoryLog implements FeedLog {
    private final int partitions;
    private final List<Consumer<MemoryImageFeed>> written = new ArrayList<>();
    private final List<MemoryImageFeed> feeds = new ArrayList<>();

    MemoryLog(int partitions) {
      this.partitions = partitions;
    }

    private void write(Consumer<MemoryImageFeed> entry) {
      written.add(entry);
      feeds.forEach(entry);
    }

    @Override
    public void append(int partition, String id, String content) {
      write(feed -> feed.append(partition, id, content.getBytes()));
    }

    @Override
    public void forget(int partition, String id) {
      write(feed -> feed.forget(partition, id));
    }

    @Override
    public ImageFeed open(int duplicateWindow) {
      MemoryImageFeed feed = new MemoryImageFeed(partitions, duplicateWindow);
      written.forEach(entry -> entry.accept(feed));
      feeds.add(feed);
      return feed;
    }

    @Override
    public void close() {}
  }
}
