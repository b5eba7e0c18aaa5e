package io.millrace.ingest.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a duration may be, as ISO 8601 has it; both bounds are allowed themselves. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface DurationRange {
  /** The shortest. */
  String min();

  /** The longest; empty for none. */
  String max() default "";
}
