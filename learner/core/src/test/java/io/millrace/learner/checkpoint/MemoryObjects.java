package io.millrace.learner.checkpoint;

import io.millrace.ingest.objects.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Objects in memory, which may be out of reach. */
public final class MemoryObjects implements ObjectStore {
  public final Map<String, byte[]> content = new ConcurrentSkipListMap<>();
  public final List<String> done = new CopyOnWriteArrayList<>();
  public volatile boolean away;

  /** Changes that succeed before the store is away. */
  volatile int changesLeft = Integer.MAX_VALUE;

  /** What a put waits for. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  private String name(String what, String bucket, String key) throws IOException {
    boolean changes = what.equals("put") || what.equals("delete");
    if (away || changes && changesLeft-- <= 0) {
      throw new IOException("the store is away");
    }
    done.add(what + " " + key);
    return bucket + "/" + key;
  }

  @Override
  public InputStream read(String bucket, String key) throws IOException {
    byte[] bytes = content.get(name("read", bucket, key));
    if (bytes == null) {
      throw new NoSuchFileException(key);
    }
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public void put(String bucket, String key, Path file) throws IOException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    content.put(name("put", bucket, key), Files.readAllBytes(file));
  }

  @Override
  public boolean has(String bucket, String key, long bytes) throws IOException {
    byte[] there = content.get(name("has", bucket, key));
    return there != null && there.length == bytes;
  }

  @Override
  public Map<String, Long> list(String bucket, String prefix) throws IOException {
    String from = name("list", bucket, prefix);
    var out = new TreeMap<String, Long>();
    content.forEach(
        (name, bytes) -> {
          if (name.startsWith(from)) {
            out.put(name.substring(bucket.length() + 1), (long) bytes.length);
          }
        });
    return out;
  }

  @Override
  public void delete(String bucket, String key) throws IOException {
    content.remove(name("delete", bucket, key));
  }

  @Override
  public void close() {}
}
