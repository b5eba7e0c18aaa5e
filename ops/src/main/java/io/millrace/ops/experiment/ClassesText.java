package io.millrace.ops.experiment;

import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ops.terminal.NumberText;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which classes a source has, for those who expected others. */
final class ClassesText {
  /** Images looked at: enough to see how folders lie. */
  private static final long LOOKED_AT = 10_000;

  private static final int NAMED = 5;

  private ClassesText() {}

  /** Such as {@code 1 class (photos), 90 images and 10 held out; inside photos are cat, dog}. */
  static String of(ImageSource source) {
    List<String> classes = source.labels();
    String names =
        classes.stream().limit(NAMED).collect(Collectors.joining(", "))
            + (classes.size() > NAMED ? ", …" : "");
    var out = new StringBuilder();
    out.append(classes.size() == 1 ? "1 class" : classes.size() + " classes");
    out.append(names.isEmpty() ? "" : " (" + names + ")").append(", ");
    out.append(NumberText.count(source.stream().count())).append(" images and ");
    out.append(NumberText.count(source.heldOut().count())).append(" held out");
    if (classes.size() == 1) {
      Set<String> inside = inside(source.stream(), classes.get(0));
      if (!inside.isEmpty()) {
        String all = inside.stream().limit(NAMED).collect(Collectors.joining(", "));
        out.append("; inside ").append(classes.get(0)).append(" are the folders ").append(all);
        out.append(": are those the classes? Then name the folder ").append(classes.get(0));
      }
    }
    return out.toString();
  }

  /** Folders right below a class's own. */
  private static Set<String> inside(ImageSet set, String name) {
    var out = new TreeSet<String>();
    for (long i = 0; i < Math.min(LOOKED_AT, set.count()); i++) {
      List<String> path = List.of(set.place(i).split("/"));
      // The first segment is the source's own name.
      int at = path.subList(1, path.size()).indexOf(name) + 1;
      if (at > 0 && at + 2 < path.size()) {
        out.add(path.get(at + 1));
      }
    }
    return out;
  }
}
