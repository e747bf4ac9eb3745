#include "query/sql/children.h"

namespace tarn::sql {
namespace {

class Walker {
 public:
  Walker(const ExpressionVisitor& expression, const QueryVisitor& query) : expression_(expression), query_(query) {}

  void visit(const ExpressionPtr& child) const {
    if (child) expression_(*child);
  }
  void visit(const QueryPtr& child) const {
    if (child) query_(*child);
  }
  void visit(const RelationPtr& child) const {
    if (child) visit(*child);
  }
  template <typename Item>
  void visit(const std::vector<Item>& items) const {
    for (const auto& item : items) visit(item);
  }
  template <typename Item>
  void visit(const std::optional<Item>& item) const {
    if (item) visit(*item);
  }

  void visit(const SortItem& item) const { visit(item.key); }
  void visit(const FrameBound& bound) const { visit(bound.distance); }
  void visit(const Frame& frame) const {
    visit(frame.start);
    visit(frame.end);
  }
  void visit(const Window& window) const {
    visit(window.partition_by);
    visit(window.order_by);
    visit(window.frame);
  }
  void visit(const NamedWindow& named) const { visit(named.window); }
  void visit(const Case::When& when) const {
    visit(when.condition);
    visit(when.result);
  }

  void visit(const Select& select) const {
    visit(select.items);
    visit(select.from);
    visit(select.where);
    visit(select.group_by);
    visit(select.having);
    visit(select.windows);
  }
  void visit(const SelectItem& item) const { visit(item.expression); }
  void visit(const GroupingElement& element) const { visit(element.sets); }
  void visit(const GroupingElement::Set& set) const { visit(set.columns); }
  void visit(const Values& values) const { visit(values.rows); }
  void visit(const TableQuery&) const {}
  void visit(const SetOperation& operation) const {
    visit(operation.left);
    visit(operation.right);
  }
  void visit(const WithQuery& with) const { visit(with.query); }
  void visit(const Limit& limit) const { visit(limit.count); }

  void visit(const TableReference& table) const { visit(table.as_of); }
  void visit(const SubqueryRelation& subquery) const { visit(subquery.query); }
  void visit(const UnnestRelation& unnest) const { visit(unnest.expressions); }
  void visit(const Join& join) const {
    visit(join.left);
    visit(join.right);
    visit(join.on);
  }
  void visit(const ParenthesizedRelation& inner) const { visit(inner.relation); }
  void visit(const Relation& relation) const {
    std::visit([&](const auto& node) { visit(node); }, relation.node);
    if (relation.sample) visit(relation.sample->percentage);
  }

  template <typename... Parts>
  void all(const Parts&... parts) const {
    (visit(parts), ...);
  }

  // Leaves have no overload of their own.
  template <typename Leaf>
  void node(const Leaf&) const {}
  void node(const FieldAccess& access) const { visit(access.base); }
  void node(const Unary& unary) const { visit(unary.operand); }
  void node(const Binary& binary) const { all(binary.left, binary.right); }
  void node(const Comparison& comparison) const { all(comparison.left, comparison.right); }
  void node(const QuantifiedComparison& comparison) const { all(comparison.value, comparison.query); }
  void node(const DistinctFrom& distinct) const { all(distinct.left, distinct.right); }
  void node(const Logical& logical) const { visit(logical.terms); }
  void node(const Not& negation) const { visit(negation.operand); }
  void node(const IsNull& test) const { visit(test.operand); }
  void node(const Between& between) const { all(between.value, between.low, between.high); }
  void node(const InList& in) const { all(in.value, in.list); }
  void node(const InSubquery& in) const { all(in.value, in.query); }
  void node(const Like& like) const { all(like.value, like.pattern, like.escape); }
  void node(const Exists& exists) const { visit(exists.query); }
  void node(const Subquery& subquery) const { visit(subquery.query); }
  void node(const FunctionCall& call) const {
    all(call.arguments, call.order_by, call.within_group, call.filter, call.over);
  }
  void node(const Cast& cast) const { visit(cast.operand); }
  void node(const Case& choice) const { all(choice.operand, choice.whens, choice.otherwise); }
  void node(const Lambda& lambda) const { visit(lambda.body); }
  void node(const ArrayConstructor& array) const { visit(array.elements); }
  void node(const RowConstructor& row) const { visit(row.fields); }
  void node(const Subscript& subscript) const { all(subscript.base, subscript.index); }
  void node(const Extract& extract) const { visit(extract.operand); }
  void node(const AtTimeZone& at) const { all(at.operand, at.zone); }

 private:
  const ExpressionVisitor& expression_;
  const QueryVisitor& query_;
};

}  // namespace

void for_each_child(const Expression& parent, const ExpressionVisitor& expression, const QueryVisitor& query) {
  const Walker walker(expression, query);
  std::visit([&](const auto& node) { walker.node(node); }, parent.node);
}

void for_each_child(const Query& parent, const ExpressionVisitor& expression, const QueryVisitor& query) {
  const Walker walker(expression, query);
  walker.visit(parent.with);
  std::visit([&](const auto& body) { walker.visit(body); }, parent.body);
  walker.all(parent.order_by, parent.offset, parent.limit);
}

void for_each_child(const Relation& parent, const ExpressionVisitor& expression, const QueryVisitor& query) {
  Walker(expression, query).visit(parent);
}

}  // namespace tarn::sql
