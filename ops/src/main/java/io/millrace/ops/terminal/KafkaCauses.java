package io.millrace.ops.terminal;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;

/**
 * Why a Kafka client fails, in words. Kafka wraps its causes ("Failed to create new
 * NetworkClient"): what tells is the innermost, and what to set.
 */
public final class KafkaCauses {
  private record Hint(String in, String set) {}

  /** What the innermost cause says, in lower case, and what to do; the first that fits. */
  private static final List<Hint> HINTS =
      List.of(
          new Hint(
              "'kafkaclient' entry in the jaas",
              "set kafka.client.sasl.jaas.config, or security.protocol without SASL"),
          new Hint("semi-colon", "end kafka.client.sasl.jaas.config with ';'"),
          new Hint(
              "jaas config",
              "kafka.client.sasl.jaas.config is expected as 'MODULE required username=\"…\""
                  + " password=\"…\";'"),
          new Hint(
              "login module",
              "kafka.client.sasl.jaas.config is expected as 'MODULE required username=\"…\""
                  + " password=\"…\";'"),
          new Hint(
              "loginmodule",
              "the class that kafka.client.sasl.jaas.config begins with is not known"),
          new Hint(
              "password was incorrect",
              "set kafka.client.ssl.truststore.password (ssl.keystore.password)"),
          new Hint(
              "password verification failed",
              "set kafka.client.ssl.truststore.password (ssl.keystore.password)"),
          new Hint(
              "certification path",
              "kafka.client.ssl.truststore.location must hold the issuer of the broker's"
                  + " certificate"),
          new Hint(
              "subject alternative",
              "kafka.bootstrapServers must name the broker as its certificate does"),
          new Hint(
              "no name matching",
              "kafka.bootstrapServers must name the broker as its certificate does"),
          new Hint(
              "invalid credentials",
              "the user or password in kafka.client.sasl.jaas.config is wrong"),
          new Hint(
              "invalid username or password",
              "the user or password in kafka.client.sasl.jaas.config is wrong"),
          new Hint(
              "sasl mechanism", "set kafka.client.sasl.mechanism to one that the broker enables"),
          new Hint(
              "bad_certificate",
              "the broker wants a certificate: set kafka.client.ssl.keystore.location"),
          new Hint(
              "certificate_required",
              "the broker wants a certificate: set kafka.client.ssl.keystore.location"),
          new Hint(
              "no such file", "see kafka.client.ssl.truststore.location and ssl.keystore.location"),
          new Hint(
              "nosuchfileexception",
              "see kafka.client.ssl.truststore.location and ssl.keystore.location"),
          new Hint("not authorized", "the broker's ACLs do not let this user do that"),
          new Hint("bootstrap", "see kafka.bootstrapServers"));

  private KafkaCauses() {}

  /** The innermost cause with its kind, and what to set where that is known; one line. */
  public static String of(Throwable failure) {
    Throwable at = failure;
    StringBuilder all = new StringBuilder();
    while (true) {
      all.append(at).append('\n');
      if (at.getCause() == null || at.getCause() == at) {
        break;
      }
      at = at.getCause();
    }
    String message = at.getMessage();
    String kind = at.getClass().getSimpleName();
    String words =
        message == null
            ? kind
            : at instanceof KafkaException || at instanceof IllegalArgumentException
                ? firstLine(message)
                : kind + ": " + firstLine(message);
    return words + hint(all.toString()).map(h -> ": " + h).orElse("");
  }

  private static Optional<String> hint(String said) {
    String lower = said.toLowerCase(Locale.ROOT);
    return HINTS.stream().filter(h -> lower.contains(h.in())).map(Hint::set).findFirst();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse(text);
  }
}
