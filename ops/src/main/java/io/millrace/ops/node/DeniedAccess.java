package io.millrace.ops.node;

import io.millrace.ops.config.KafkaConfig;
import io.millrace.ops.terminal.FailureText;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

/** Says who was denied what, where a cluster's authorizer is the cause of a failure. */
public final class DeniedAccess {
  private static final Pattern USER_NAME = Pattern.compile("username\\s*=\\s*\"([^\"]*)\"");

  private DeniedAccess() {}

  /** A failure in one line, as {@link FailureText} has it, with the user where one was denied. */
  public static String text(Throwable failure, KafkaConfig kafka) {
    AuthorizationException denied = in(failure);
    return denied == null
        ? FailureText.of(failure)
        : denied(String.valueOf(denied.getMessage()), kafka);
  }

  /** What was denied, and to whom. */
  static String denied(String what, KafkaConfig kafka) {
    return principal(kafka)
        + " is denied by the cluster: "
        + FailureText.firstLine(what)
        + " ('millrace topics --acls' prints what each role needs)";
  }

  private static @Nullable AuthorizationException in(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof AuthorizationException denied) {
        return denied;
      }
    }
    return null;
  }

  /** The user that the settings name; a certificate's or a token's is known to the broker alone. */
  private static String principal(KafkaConfig kafka) {
    Matcher m = USER_NAME.matcher(kafka.client().getOrDefault("sasl.jaas.config", ""));
    return m.find() ? "User:" + m.group(1) : "this process's user (kafka.client)";
  }
}
