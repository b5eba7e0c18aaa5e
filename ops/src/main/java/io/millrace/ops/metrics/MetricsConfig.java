package io.millrace.ops.metrics;

import io.micrometer.registry.otlp.OtlpConfig;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where meters go besides {@code /metrics}.
 *
 * @param otlpUrl OpenTelemetry collector's address for metrics over HTTP, such as {@code
 *     http://localhost:4318/v1/metrics}; empty pushes nothing
 * @param otlpEvery time between two pushes
 * @param kafkaClients meters of Kafka's clients and of Kafka Streams: {@code all}, {@code main}
 *     (those that dashboards and alerts use, and rates of records and bytes) or {@code none}
 */
public record MetricsConfig(String otlpUrl, Duration otlpEvery, KafkaMeters kafkaClients) {
  /** Which meters of Kafka's clients are kept. */
  public enum KafkaMeters {
    ALL,
    MAIN,
    NONE
  }

  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofHours(1);

  public MetricsConfig {
    if (!otlpUrl.isEmpty() && !isHttp(otlpUrl)) {
      throw new IllegalArgumentException(
          "otlpUrl is '" + otlpUrl + "': expected an http or https address, or nothing");
    }
    if (otlpEvery.compareTo(LEAST) < 0 || otlpEvery.compareTo(MOST) > 0) {
      throw new IllegalArgumentException("otlpEvery is " + otlpEvery + ": expected 1s to 1h");
    }
  }

  /** Nothing is pushed; once a minute where an address is given. */
  public static MetricsConfig defaults() {
    return new MetricsConfig("", Duration.ofMinutes(1), KafkaMeters.MAIN);
  }

  private static boolean isHttp(String url) {
    try {
      String scheme = URI.create(url).getScheme();
      return "http".equals(scheme) || "https".equals(scheme);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  OtlpConfig otlp() {
    return new OtlpConfig() {
      @Override
      public @Nullable String get(String key) {
        return null;
      }

      @Override
      public String url() {
        return otlpUrl;
      }

      @Override
      public Duration step() {
        return otlpEvery;
      }

      @Override
      public Map<String, String> resourceAttributes() {
        return Map.of("service.name", "millrace");
      }
    };
  }
}
