package io.millrace.ingest.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a text may be. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Matches {
  /** Regular expression that the whole text matches. */
  String value();

  /** The same as text, for errors and the reference. */
  String expected();
}
