//! What a Python program is made of, as far as it is modelled: statements and expressions, each with its place.
//!
//! Promises: plain values. Must not know what they do.

use std::sync::Arc;

/// A place in a line of the source: characters from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u32,
    pub start: u32,
    pub end: u32,
    /// The part of it that is to blame: the operator between two values, the brackets behind one.
    pub blamed: Option<(u32, u32)>,
}

impl Place {
    /// From the beginning of one place to the end of another; one that begins on another line ends with its own line.
    pub fn to(self, other: Place) -> Place {
        let end = if other.line == self.line { other.end } else { self.end };
        Place { end, blamed: None, ..self }
    }

    /// The same, where only a part of it is to blame.
    pub fn blaming(self, start: u32, end: u32) -> Place {
        Place { blamed: Some((start, end)), ..self }
    }
}

/// Statements, one after the other.
pub type Block = Arc<[Statement]>;

/// A statement, and the line it is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub line: u32,
    pub kind: StatementKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    Expression(Expression),
    Assign(Vec<Expression>, Expression),
    AugmentedAssign(Expression, Operator, Expression),
    /// `import a.b as c`: the module, and the name it gets.
    Import(Vec<(Arc<str>, Option<Arc<str>>)>),
    /// `from a import b as c`.
    From(Arc<str>, Vec<(Arc<str>, Arc<str>)>),
    Define(Arc<Function>),
    If(Vec<(Expression, Block)>, Block),
    While(Expression, Block),
    For(Expression, Expression, Block),
    Match(Expression, Vec<(Option<Expression>, Block)>),
    Try(Block, Vec<Handler>, Block),
    With(Vec<(Expression, Option<Expression>)>, Block),
    Raise(Option<Expression>),
    Return(Option<Expression>),
    Break,
    Continue,
    Pass,
}

/// `except NAME as VARIABLE:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// None catches everything.
    pub names: Option<Vec<Arc<str>>>,
    pub variable: Option<Arc<str>>,
    pub body: Block,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: Arc<str>,
    pub parameters: Vec<(Arc<str>, Option<Expression>)>,
    pub body: Block,
    pub decorators: Vec<Expression>,
    /// Annotations, which are evaluated when the function is made.
    pub annotations: Vec<Expression>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub place: Place,
    pub kind: Box<ExpressionKind>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    None,
    Truth(bool),
    Whole(i64),
    Real(f64),
    Text(Arc<str>),
    Bytes(Arc<str>),
    /// An f-string: text, or an expression with its format.
    Format(Vec<Piece>),
    Name(Arc<str>),
    Attribute(Expression, Arc<str>),
    Call {
        function: Expression,
        arguments: Vec<Expression>,
        named: Vec<(Arc<str>, Expression)>,
    },
    Index(Expression, Expression),
    /// `[from:to]`.
    Slice(Expression, Option<Expression>, Option<Expression>),
    Binary(Expression, Operator, Expression),
    Negative(Expression),
    Not(Expression),
    Compare(Expression, Vec<(Comparison, Expression)>),
    And(Expression, Expression),
    Or(Expression, Expression),
    Choose {
        test: Expression,
        then: Expression,
        otherwise: Expression,
    },
    List(Vec<Expression>),
    Tuple(Vec<Expression>),
    Dictionary(Vec<(Expression, Expression)>),
    /// `[item for target in source if test]`.
    Collect {
        item: Expression,
        target: Expression,
        source: Expression,
        test: Option<Expression>,
    },
}

/// A piece of an f-string.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(Arc<str>),
    Value { value: Expression, format: Arc<str>, representation: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Matrix,
    Or,
}

impl Operator {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::FloorDivide => "//",
            Operator::Remainder => "%",
            Operator::Power => "** or pow()",
            Operator::Matrix => "@",
            Operator::Or => "|",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}
