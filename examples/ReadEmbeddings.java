import io.millrace.ingest.stream.Topics;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.StoredEmbedding;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Keeps the serving version's embeddings in memory and prints, for every image that comes, the one
 * most like it. When a newer version is complete it switches over. It needs the module
 * millrace-client alone; the launcher's class path holds that too:
 *
 * <pre>
 * java -Dlogback.configurationFile=examples/logback.xml -cp 'ops/target/lib/*' \
 *     examples/ReadEmbeddings.java localhost:9092 millrace
 * </pre>
 */
public final class ReadEmbeddings {
  private ReadEmbeddings() {}

  /** Runs until it is interrupted, or with a third argument for that many seconds. */
  public static void main(String[] args) {
    if (args.length < 2) {
      System.err.println("usage: ReadEmbeddings BOOTSTRAP_SERVERS MODEL [SECONDS]");
      System.exit(2);
    }
    long until =
        args.length > 2
            ? System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[2])).toNanos()
            : Long.MAX_VALUE;
    Map<String, Object> client = Map.of("bootstrap.servers", args[0]);
    try (var reader = new EmbeddingReader(client, Topics.defaults(), args[1])) {
      while (System.nanoTime() < until) {
        OptionalLong live = reader.liveVersion(Duration.ofSeconds(1));
        if (live.isPresent()) {
          follow(reader, live.getAsLong(), until);
        }
      }
    }
  }

  private static void follow(EmbeddingReader reader, long version, long until) {
    Map<String, StoredEmbedding> vectors = reader.readAll(version);
    System.out.printf("version %d: %d images%n", version, vectors.size());
    while (System.nanoTime() < until && reader.liveVersion().equals(OptionalLong.of(version))) {
      for (StoredEmbedding change : reader.poll(Duration.ofSeconds(1))) {
        if (change.vector() == null) {
          vectors.remove(change.imageId());
        } else {
          printNearest(change, vectors);
          vectors.put(change.imageId(), change);
        }
      }
    }
  }

  private static void printNearest(StoredEmbedding image, Map<String, StoredEmbedding> vectors) {
    String nearest = "none yet";
    double best = -1;
    for (StoredEmbedding other : vectors.values()) {
      double cosine = dot(image.vector(), other.vector());
      if (cosine > best && !other.imageId().equals(image.imageId())) {
        best = cosine;
        nearest = other.imageId();
      }
    }
    System.out.printf("%-40s is most like %-40s %.3f%n", image.imageId(), nearest, best);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
