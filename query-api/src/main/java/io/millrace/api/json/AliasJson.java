package io.millrace.api.json;

import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Changes of aliases and lists of them.
public final class AliasJson {
  /// As for a collection's name.
  private static final int NAME_CHARS = 255;

  private AliasJson() {}

  /// `{"actions": [{"create_alias": {…}} | {"delete_alias": {…}} | {"rename_alias": {…}}]}`.
  public static List<AliasAction> actions(JsonIn in) {
    List<AliasAction> actions = null;
    JsonIn.Fields fields = in.object("struct ChangeAliasesOperation");
    while (fields.next()) {
      if (fields.name().equals("actions")) {
        actions = new ArrayList<>();
        in.openArray();
        while (in.nextItem()) {
          actions.add(action(in, At.BODY.field("actions").item(actions.size())));
        }
      } else {
        in.skip();
      }
    }
    return in.require(actions, "actions");
  }

  private static AliasAction action(JsonIn in, At at) {
    AliasAction action = null;
    JsonIn.Fields kinds = in.object("an alias operation");
    while (kinds.next()) {
      String kind = kinds.name();
      if (!List.of("create_alias", "delete_alias", "rename_alias").contains(kind)) {
        in.skip();
        continue;
      }
      Names names = Names.read(in, at.field(kind));
      action =
          switch (kind) {
            case "create_alias" ->
                new AliasAction.Create(
                    in.require(names.alias, "alias_name"),
                    in.require(names.collection, "collection_name"));
            case "delete_alias" -> new AliasAction.Delete(in.require(names.alias, "alias_name"));
            default ->
                new AliasAction.Rename(
                    in.require(names.from, "old_alias_name"),
                    in.require(names.to, "new_alias_name"));
          };
    }
    if (action == null) {
      throw BadInput.format("data did not match any variant of untagged enum AliasOperations");
    }
    return action;
  }

  private record Names(
      @Nullable String alias,
      @Nullable String collection,
      @Nullable String from,
      @Nullable String to) {
    static Names read(JsonIn in, At at) {
      String alias = null;
      String collection = null;
      String from = null;
      String to = null;
      JsonIn.Fields fields = in.object("an alias operation");
      while (fields.next()) {
        switch (fields.name()) {
          case "alias_name" -> alias = name(in, at.field("alias_name"));
          case "collection_name" -> collection = in.string();
          case "old_alias_name" -> from = in.string();
          case "new_alias_name" -> to = name(in, at.field("new_alias_name"));
          default -> in.skip();
        }
      }
      return new Names(alias, collection, from, to);
    }
  }

  /// A name that shall come to be.
  private static String name(JsonIn in, At at) {
    String name = in.string();
    int chars = name.codePointCount(0, name.length());
    if (chars < 1 || chars > NAME_CHARS) {
      in.violations()
          .add(
              at,
              "value \""
                  + JsonIn.shortened(name)
                  + "\" invalid, must be from 1 to "
                  + NAME_CHARS
                  + " characters");
    }
    return name;
  }

  /// @param aliases alias to collection
  public static void write(JsonGenerator out, SortedMap<String, String> aliases) {
    out.writeStartObject();
    out.writeName("aliases");
    out.writeStartArray();
    for (Map.Entry<String, String> alias : aliases.entrySet()) {
      out.writeStartObject();
      out.writeStringProperty("alias_name", alias.getKey());
      out.writeStringProperty("collection_name", alias.getValue());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
