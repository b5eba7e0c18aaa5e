package io.millrace.ops.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads and makes settings records. */
final class RecordValues {
  private RecordValues() {}

  static @Nullable Object get(RecordComponent component, Record from) {
    try {
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + component, e);
    }
  }

  @SuppressWarnings("unchecked") // the constructor of the defaults' own class
  static <T extends Record> T construct(T defaults, Object[] values, String path) {
    Class<?>[] types =
        Arrays.stream(defaults.getClass().getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return (T) defaults.getClass().getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException bad) {
        String message = String.valueOf(bad.getMessage());
        throw new ConfigException(message.startsWith(path) ? message : path + message);
      }
      throw new IllegalStateException("can't make " + defaults.getClass(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make " + defaults.getClass(), e);
    }
  }
}
