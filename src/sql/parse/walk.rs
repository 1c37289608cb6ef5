//! A walk over a whole tree, through its derived serialisation: no kind of node can be forgotten.

use std::fmt::Error;

use serde::ser::{Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};

use super::found::{Found, Strings};

/// Tells `found` of every node below and including this one.
pub fn walk<T: Serialize>(node: &T, found: &mut Found) -> Option<()> {
    node.serialize(Walk { found }).ok()
}

/// Where the walk is.
struct Walk<'a> {
    found: &'a mut Found,
}

/// The fields of one node.
struct Fields<'a> {
    found: &'a mut Found,
    node: &'static str,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        let strings = match (self.node, key) {
            ("FuncCall", "funcname") | ("RangeTableSample", "method") => Strings::Function,
            ("RangeVar", "schemaname" | "relname" | "relpersistence") => Strings::Table,
            ("RangeVar", _) => return Ok(()),
            ("ColumnRef", "fields") => Strings::Column,
            ("AIndirection", "indirection") => Strings::Field,
            ("AIndices", _) => Strings::Nothing,
            ("CommonTableExpr", "ctename") => Strings::With,
            ("LockingClause", "strength") => Strings::Lock,
            _ => return value.serialize(Walk { found: self.found }),
        };
        let before = self.found.collect(strings);
        value.serialize(Walk { found: self.found })?;
        self.found.collected(before);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.found.leave(self.node);
        Ok(())
    }
}

/// The elements of one list.
struct Elements<'a> {
    found: &'a mut Found,
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Walk { found: self.found })
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// Values that say nothing here.
macro_rules! ignore {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _: $type) -> Result<(), Error> { Ok(()) })*
    };
}

impl<'a> Serializer for Walk<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Elements<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    ignore! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64,
        serialize_char: char, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    /// Enumerations are numbers.
    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.found.number(value);
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.found.string(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    /// One of the kinds of node.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, Error> {
        Ok(Elements { found: self.found })
    }

    fn serialize_struct(self, node: &'static str, _: usize) -> Result<Fields<'a>, Error> {
        self.found.enter(node);
        Ok(Fields { found: self.found, node })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(Error)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        Err(Error)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Err(Error)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error)
    }
}
