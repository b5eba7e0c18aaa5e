package io.millrace.ops.dashboard;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;

/** The one JSON form of status, events and summaries: ISO times, null for what is not finite. */
public final class Json {
  private Json() {}

  /** A mapper that writes that form. */
  public static JsonMapper mapper() {
    var numbers = new SimpleModule();
    numbers.addSerializer(Double.class, new FiniteOrNull());
    numbers.addSerializer(double.class, new FiniteOrNull());
    return JsonMapper.builder()
        .addModule(new JavaTimeModule())
        .addModule(numbers)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
        .build();
  }

  /** A value in that form over several lines, for people and for files. */
  public static String pretty(Object value) throws IOException {
    return mapper().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value)
        + "\n";
  }

  private static final class FiniteOrNull extends JsonSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider context)
        throws IOException {
      if (Double.isFinite(value)) {
        out.writeNumber(value);
      } else {
        out.writeNull();
      }
    }
  }
}
