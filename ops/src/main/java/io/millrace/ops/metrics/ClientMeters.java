package io.millrace.ops.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;

/**
 * Made by a Kafka client from its settings ({@code Meters.metered}): binds the client's meters to
 * ours as long as it lives. So the packages that make clients need not depend on meters.
 */
public final class ClientMeters implements MetricsReporter {
  /** Setting that holds the {@link Registrar}. */
  static final String REGISTRAR = "millrace.meters";

  /** Is told of a client that is being put together. */
  interface Registrar {
    void add(ClientMeters client);
  }

  private final Map<MetricName, KafkaMetric> metrics = new ConcurrentHashMap<>();
  private boolean closed;
  private @Nullable KafkaClientMetrics binder;

  @Override
  public void configure(Map<String, ?> configs) {
    ((Registrar) configs.get(REGISTRAR)).add(this);
  }

  /** Binds what there is, and later what comes; the client is put together by then. */
  synchronized void bindTo(MeterRegistry registry) {
    if (!closed) {
      var b = new KafkaClientMetrics(whoseMetricsAre(metrics));
      b.bindTo(registry);
      binder = b;
    }
  }

  @Override
  public void init(List<KafkaMetric> first) {
    first.forEach(this::metricChange);
  }

  @Override
  public void metricChange(KafkaMetric metric) {
    metrics.put(metric.metricName(), metric);
  }

  @Override
  public void metricRemoval(KafkaMetric metric) {
    metrics.remove(metric.metricName());
  }

  @Override
  public synchronized void close() {
    KafkaClientMetrics b = binder;
    if (b != null) {
      b.close();
      binder = null;
    }
    closed = true;
  }

  /** Micrometer's binder asks a client for nothing but its metrics. */
  private static Consumer<?, ?> whoseMetricsAre(Map<MetricName, KafkaMetric> metrics) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "metrics" -> Map.copyOf(metrics);
              case "toString" -> "metrics of a client";
              case "hashCode" -> System.identityHashCode(proxy);
              case "equals" -> proxy == arguments[0];
              default -> throw new UnsupportedOperationException(method.getName());
            };
    return (Consumer<?, ?>)
        Proxy.newProxyInstance(
            ClientMeters.class.getClassLoader(), new Class<?>[] {Consumer.class}, handler);
  }
}
