//! The tree of an awk program: what the parser gives to the compiler. Knows neither text nor running.

use super::value::Variant;

/// A program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub rules: Vec<Rule>,
    pub functions: Vec<Function>,
    /// The names of the global variables, by number.
    pub globals: Vec<String>,
}

/// A pattern with what is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub pattern: Pattern,
    /// `None` prints the record.
    pub action: Option<Vec<Statement>>,
}

/// When a rule's action is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Begin,
    End,
    Always,
    When(Expression),
    /// From a record for which the first holds to one for which the second does.
    Range(Expression, Expression),
}

/// A function of the program's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: String,
    /// How many parameters it has.
    pub parameters: usize,
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    Expression(Expression),
    Print { values: Vec<Expression>, formatted: bool, target: Option<(Redirection, Expression)> },
    If(Expression, Vec<Statement>, Vec<Statement>),
    While(Expression, Vec<Statement>),
    Do(Vec<Statement>, Expression),
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Vec<Statement>),
    ForIn(Variable, Variable, Vec<Statement>),
    Block(Vec<Statement>),
    Break,
    Continue,
    Next,
    NextFile,
    Exit(Option<Expression>),
    Return(Option<Expression>),
    Delete(Variable, Option<Vec<Expression>>),
}

/// Where `print` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirection {
    File,
    Append,
    Pipe,
}

/// A variable by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    Global(usize),
    /// A parameter of the function.
    Local(usize),
}

/// What can be assigned to.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Variable(Variable),
    Element(Variable, Vec<Expression>),
    Field(Box<Expression>),
}

/// Operators of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Concatenate,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

/// Operators of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
}

/// Where `getline` reads from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Input,
    File(Box<Expression>),
    Command(Box<Expression>),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Number(f64),
    Text(Vec<u8>),
    /// `/…/`: alone, whether the record matches it.
    Pattern(Vec<u8>),
    Place(Place),
    /// Place, operator of `+=` and its like, value.
    Assign(Place, Option<Binary>, Box<Expression>),
    /// Place, by how much, whether the value is that before.
    Step(Place, f64, bool),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Text, pattern, whether it shall not match.
    Match(Box<Expression>, Box<Expression>, bool),
    /// Key in array.
    In(Vec<Expression>, Variable),
    Call(String, Vec<Expression>),
    Builtin(Builtin, Vec<Expression>),
    /// `split`, `length` of an array: a built-in function that is given one.
    OfArray(Builtin, Vec<Expression>, Variable),
    /// `sub` and `gsub`: pattern, replacement, place, all.
    Substitute(Box<Expression>, Box<Expression>, Place, bool),
    Getline(Source, Option<Place>),
    /// In parentheses: `print (a)(b)`, and what `>` may not redirect.
    Group(Box<Expression>),
    /// `(a, b)`, before `in` or as the whole list of `print`.
    List(Vec<Expression>),
}

/// Built-in functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    And,
    Atan2,
    Close,
    Complement,
    Cos,
    Exp,
    Flush,
    Index,
    Int,
    LeftShift,
    Length,
    Log,
    Match,
    MakeTime,
    Or,
    Rand,
    RightShift,
    Sin,
    Split,
    Sprintf,
    SquareRoot,
    SeedRand,
    Strftime,
    Substring,
    SystemTime,
    System,
    ToLower,
    ToUpper,
    Xor,
}

impl Builtin {
    /// The function of this name. Those of bits are BusyBox's own.
    pub fn named(name: &str, variant: Variant) -> Option<Builtin> {
        use Builtin::*;
        Some(match name {
            "and" | "compl" | "lshift" | "or" | "rshift" | "xor" if variant == Variant::Mawk => return None,
            "and" => And,
            "atan2" => Atan2,
            "close" => Close,
            "compl" => Complement,
            "cos" => Cos,
            "exp" => Exp,
            "fflush" => Flush,
            "index" => Index,
            "int" => Int,
            "lshift" => LeftShift,
            "length" => Length,
            "log" => Log,
            "match" => Match,
            "mktime" => MakeTime,
            "or" => Or,
            "rand" => Rand,
            "rshift" => RightShift,
            "sin" => Sin,
            "split" => Split,
            "sprintf" => Sprintf,
            "sqrt" => SquareRoot,
            "srand" => SeedRand,
            "strftime" => Strftime,
            "substr" => Substring,
            "systime" => SystemTime,
            "system" => System,
            "tolower" => ToLower,
            "toupper" => ToUpper,
            "xor" => Xor,
            _ => return None,
        })
    }

    /// How many arguments it needs at least.
    pub fn least(self) -> usize {
        use Builtin::*;
        match self {
            Length | Rand | SeedRand | SystemTime | Flush | Strftime => 0,
            And | Atan2 | Index | LeftShift | Match | Or | RightShift | Split | Substring | Xor => 2,
            _ => 1,
        }
    }
}
