package io.millrace.ingest.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AllowedTest {
  enum Kind {
    AS_IS,
    OTHER,
    UNKNOWN
  }

  record Sample(
      @Range(min = 2, max = 8) int both,
      @Range(over = 0, max = 0.5) double open,
      @Range(min = 0, under = 1) double share,
      @Range(over = -1, under = 1) double inside,
      @Range(min = 0) long least,
      @Range(max = 5) int most,
      @Range double finite,
      @DurationRange(min = "PT0.01S", max = "PT1H") Duration pause,
      @DurationRange(min = "PT0S") Duration kept,
      @Matches(value = "[a-z]+", expected = "letters") String name,
      @OneOf({"a", "b"}) String word,
      @OneOf({"as-is", "other"}) Kind kind,
      String free) {}

  private static final Object[] GOOD = {
    2,
    0.5,
    0.0,
    0.0,
    0L,
    -7,
    1e300,
    Duration.ofMillis(10),
    Duration.ofDays(9),
    "x",
    "a",
    Kind.AS_IS,
    ""
  };

  private static void refused(String component, Object value, String message) {
    Object[] values = GOOD.clone();
    RecordComponent[] all = Sample.class.getRecordComponents();
    values[Arrays.stream(all).map(RecordComponent::getName).toList().indexOf(component)] = value;
    assertThatThrownBy(() -> Allowed.check(Sample.class, values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void namesComponentValueAndRange() {
    assertThatCode(() -> Allowed.check(Sample.class, GOOD)).doesNotThrowAnyException();
    refused("both", 1, "both is 1: expected 2 to 8");
    refused("both", 9, "both is 9: expected 2 to 8");
    refused("open", 0.0, "open is 0.0: expected over 0, at most 0.5");
    refused("open", Double.NaN, "open is NaN: expected over 0, at most 0.5");
    refused("share", 1.0, "share is 1.0: expected 0 up to but not 1");
    refused("inside", -1.0, "inside is -1.0: expected over -1 up to but not 1");
    refused("least", -1L, "least is -1: expected 0 or more");
    refused("most", 6, "most is 6: expected at most 5");
    refused("finite", Double.POSITIVE_INFINITY, "finite is Infinity: expected a finite number");
    refused("pause", Duration.ofMillis(9), "pause is PT0.009S: expected PT0.01S to PT1H");
    refused("kept", Duration.ofMillis(-1), "kept is PT-0.001S: expected at least PT0S");
    refused("name", "A", "name is 'A': expected letters");
    refused("word", "c", "word is 'c': expected one of [a, b]");
    refused("kind", Kind.UNKNOWN, "kind is UNKNOWN: expected one of [as-is, other]");
  }

  @Test
  void wantsAllComponents() {
    assertThatThrownBy(() -> Allowed.check(Sample.class, 2, 0.5))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Sample checks 2 values: expected all 13 components in their order");
  }

  @Test
  void saysWhatIsAllowedWithDurationsAsAsked() {
    RecordComponent[] all = Sample.class.getRecordComponents();
    assertThat(Allowed.text(all[7], d -> d.toMillis() + "ms")).hasValue("10ms to 3600000ms");
    assertThat(Allowed.text(all[12], Duration::toString)).isEmpty();
    assertThat(Allowed.violation(all[0], 9, Duration::toString)).hasValue("2 to 8");
    assertThat(Allowed.violation(all[0], 8, Duration::toString)).isEqualTo(Optional.empty());
  }

  @Test
  void spellsConstantsInLowerCase() {
    assertThat(Spelling.of(Kind.AS_IS)).isEqualTo("as-is");
    assertThat(Spelling.all(Kind.class)).isEqualTo(List.of("as-is", "other", "unknown"));
    assertThat(Spelling.parse(Kind.class, "kind", "as-is")).isEqualTo(Kind.AS_IS);
    assertThatThrownBy(() -> Spelling.parse(Kind.class, "kind", "AS_IS"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kind is 'AS_IS': expected one of [as-is, other, unknown]");
  }
}
