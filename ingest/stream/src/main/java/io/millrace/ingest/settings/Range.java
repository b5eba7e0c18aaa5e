package io.millrace.ingest.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a number may be: finite and within these bounds. At most one bound on each side. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Range {
  /** The least value, allowed itself. */
  double min() default Double.NEGATIVE_INFINITY;

  /** A lower bound that is not allowed itself. */
  double over() default Double.NEGATIVE_INFINITY;

  /** The largest value, allowed itself. */
  double max() default Double.POSITIVE_INFINITY;

  /** An upper bound that is not allowed itself. */
  double under() default Double.POSITIVE_INFINITY;
}
