import io.millrace.serving.client.Targets;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Joins a task's stream (key = image id, value = label) with the teacher's targets of the same
 * images, so that a trainer reads label and auxiliary target as one record:
 *
 * <pre>
 * tasks ──┐
 *         ├─ join on image id ─▶ tasks.with.targets   "label|version|target:256|norm of the target"
 * targets ┘  (latest by id)
 * </pre>
 *
 * Both topics need as many partitions. A task that comes before its image's target is skipped here;
 * a trainer that must have all reads the tasks again once the re-embedding is complete.
 *
 * <pre>
 * java -Dlogback.configurationFile=examples/logback.xml -cp 'ops/target/lib/*' \
 *     examples/JoinTargets.java localhost:9092 tasks tasks.with.targets
 * </pre>
 */
public final class JoinTargets {
  private JoinTargets() {}

  /** Runs until it is interrupted. */
  public static void main(String[] args) {
    if (args.length != 3) {
      System.err.println("usage: JoinTargets BOOTSTRAP_SERVERS TASKS_TOPIC OUTPUT_TOPIC");
      System.exit(2);
    }
    var config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "join-targets");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    var streams = new KafkaStreams(topology(args[1], "millrace.targets", args[2]), config);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  /** The join. */
  public static Topology topology(String tasks, String targets, String output) {
    var builder = new StreamsBuilder();
    // The version and the layout are in headers, which a table does not keep: into the value.
    KTable<String, byte[]> table =
        builder.stream(targets, Consumed.with(Serdes.String(), Serdes.ByteArray()))
            .processValues(WithHeaders::new)
            .toTable(Materialized.with(Serdes.String(), Serdes.ByteArray()));
    KStream<String, String> joined =
        builder.stream(tasks, Consumed.with(Serdes.String(), Serdes.String()))
            .join(
                table,
                JoinTargets::example,
                Joined.with(Serdes.String(), Serdes.String(), Serdes.ByteArray()));
    joined.to(output, Produced.with(Serdes.String(), Serdes.String()));
    return builder.build();
  }

  /** What a trainer would make a training example of. */
  private static String example(String label, byte[] versionLayoutAndValues) {
    int first = indexOf(versionLayoutAndValues, 0);
    int second = indexOf(versionLayoutAndValues, first + 1);
    String version = text(versionLayoutAndValues, 0, first);
    String layout = text(versionLayoutAndValues, first + 1, second);
    byte[] values =
        java.util.Arrays.copyOfRange(
            versionLayoutAndValues, second + 1, versionLayoutAndValues.length);
    var out = new StringBuilder(label).append('|').append(version);
    Targets.of(layout, values)
        .byName()
        .forEach(
            (name, vector) -> {
              double squares = 0;
              for (float v : vector) {
                squares += (double) v * v;
              }
              out.append('|').append(name).append(':').append(vector.length);
              out.append('|').append(Math.sqrt(squares));
            });
    return out.toString();
  }

  private static int indexOf(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != 0) {
      at++;
    }
    return at;
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  /** Puts version and layout before the value, each with a zero after it. */
  private static final class WithHeaders implements FixedKeyProcessor<String, byte[], byte[]> {
    private FixedKeyProcessorContext<String, byte[]> context;

    @Override
    public void init(FixedKeyProcessorContext<String, byte[]> context) {
      this.context = context;
    }

    @Override
    public void process(FixedKeyRecord<String, byte[]> record) {
      if (record.value() == null) {
        context.forward(record.withValue(null));
        return;
      }
      byte[] head =
          (header(record, "model.version") + "\0" + header(record, "layout") + "\0")
              .getBytes(StandardCharsets.UTF_8);
      byte[] all = java.util.Arrays.copyOf(head, head.length + record.value().length);
      System.arraycopy(record.value(), 0, all, head.length, record.value().length);
      context.forward(record.withValue(all));
    }

    private static String header(FixedKeyRecord<String, byte[]> record, String name) {
      Header header = record.headers().lastHeader(name);
      return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
  }
}
