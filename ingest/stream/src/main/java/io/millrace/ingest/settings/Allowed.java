package io.millrace.ingest.settings;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the components of a settings record may be, by {@link Range}, {@link DurationRange}, {@link
 * Matches} and {@link OneOf}. A record calls {@link #check} in its compact constructor, so that a
 * value out of range is refused wherever it comes from.
 */
public final class Allowed {
  private static final ClassValue<List<Rule>> RULES =
      new ClassValue<>() {
        @Override
        protected List<Rule> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(Rule::of).toList();
        }
      };

  private Allowed() {}

  /**
   * Checks the values that a record is about to be made of.
   *
   * @param type the record
   * @param values of all its components, in their order; null where a component without a range may
   *     be
   * @throws IllegalArgumentException naming the first component whose value is not allowed, the
   *     value and what is expected
   */
  public static void check(Class<? extends Record> type, @Nullable Object... values) {
    List<Rule> rules = RULES.get(type);
    if (values.length != rules.size()) {
      throw new IllegalStateException(
          type.getSimpleName()
              + " checks "
              + values.length
              + " values: expected all "
              + rules.size()
              + " components in their order");
    }
    for (int i = 0; i < values.length; i++) {
      rules.get(i).require(values[i]);
    }
  }

  /**
   * What a value should be where it is not allowed.
   *
   * @param durations how a duration is written
   * @return the text of {@link #text}; empty where the value is allowed
   */
  public static Optional<String> violation(
      RecordComponent component, Object value, Function<Duration, String> durations) {
    Rule rule = Rule.of(component);
    return rule.allows(value) ? Optional.empty() : rule.text(durations);
  }

  /**
   * What a component may be, such as {@code 8 to 1024}.
   *
   * @param durations how a duration is written
   * @return empty where its type says all
   */
  public static Optional<String> text(
      RecordComponent component, Function<Duration, String> durations) {
    return Rule.of(component).text(durations);
  }

  private record Rule(
      String name,
      @Nullable Range range,
      @Nullable DurationRange duration,
      @Nullable Matches matches,
      @Nullable OneOf oneOf) {
    static Rule of(RecordComponent component) {
      return new Rule(
          component.getName(),
          component.getAnnotation(Range.class),
          component.getAnnotation(DurationRange.class),
          component.getAnnotation(Matches.class),
          component.getAnnotation(OneOf.class));
    }

    void require(@Nullable Object value) {
      if (!allows(value)) {
        Object shown = value instanceof String ? "'" + value + "'" : value;
        throw new IllegalArgumentException(
            name + " is " + shown + ": expected " + text(Duration::toString).orElseThrow());
      }
    }

    boolean allows(@Nullable Object value) {
      if (value == null) {
        return range == null && duration == null && matches == null && oneOf == null;
      }
      if (range != null) {
        return within(range, ((Number) value).doubleValue());
      }
      if (duration != null) {
        Duration given = (Duration) value;
        return given.compareTo(Duration.parse(duration.min())) >= 0
            && (duration.max().isEmpty() || given.compareTo(Duration.parse(duration.max())) <= 0);
      }
      if (matches != null) {
        return ((String) value).matches(matches.value());
      }
      if (oneOf != null) {
        String word = value instanceof Enum<?> constant ? Spelling.of(constant) : (String) value;
        return List.of(oneOf.value()).contains(word);
      }
      return true;
    }

    private static boolean within(Range range, double value) {
      return Double.isFinite(value)
          && value >= range.min()
          && value <= range.max()
          && (value > range.over() || range.over() == Double.NEGATIVE_INFINITY)
          && (value < range.under() || range.under() == Double.POSITIVE_INFINITY);
    }

    Optional<String> text(Function<Duration, String> durations) {
      if (range != null) {
        return Optional.of(text(range));
      }
      if (duration != null) {
        String min = durations.apply(Duration.parse(duration.min()));
        return Optional.of(
            duration.max().isEmpty()
                ? "at least " + min
                : min + " to " + durations.apply(Duration.parse(duration.max())));
      }
      if (matches != null) {
        return Optional.of(matches.expected());
      }
      return oneOf == null ? Optional.empty() : Optional.of("one of " + List.of(oneOf.value()));
    }

    private static String text(Range range) {
      boolean least = Double.isFinite(range.min());
      boolean over = Double.isFinite(range.over());
      if (Double.isFinite(range.max())) {
        String max = number(range.max());
        return least
            ? number(range.min()) + " to " + max
            : over ? "over " + number(range.over()) + ", at most " + max : "at most " + max;
      }
      if (Double.isFinite(range.under())) {
        String under = number(range.under());
        return least
            ? number(range.min()) + " up to but not " + under
            : over ? "over " + number(range.over()) + " up to but not " + under : "under " + under;
      }
      return least
          ? number(range.min()) + " or more"
          : over ? "over " + number(range.over()) : "a finite number";
    }

    private static String number(double limit) {
      return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
    }
  }
}
