//! Cells as PostgreSQL writes their types, in text and binary.

use bytes::{BufMut, BytesMut};
use pgwire::api::Type;
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldFormat, FieldInfo};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::data::DataRow;

use crate::admin::show::{Cell, Column, ColumnType, Row};

/// The columns as RowDescription has them, in the formats that Bind asked for (text when it did not).
pub fn fields(columns: &[Column], format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
    if let Some(Format::Individual(codes)) = format
        && codes.len() != columns.len()
    {
        let message = format!(
            "bind message has {} result formats but query has {} columns",
            codes.len(),
            columns.len()
        );
        let error = ErrorInfo::new("ERROR".into(), "08P01".into(), message);
        return Err(PgWireError::UserError(Box::new(error)));
    }
    let format = |index| format.map_or(FieldFormat::Text, |format| format.format_for(index));
    let field = |(index, column): (usize, &Column)| {
        let (kind, size) = match column.kind {
            ColumnType::Text => (Type::TEXT, -1),
            ColumnType::Int4 => (Type::INT4, 4),
            ColumnType::Numeric => (Type::NUMERIC, -1),
        };
        FieldInfo::new(column.name.into(), None, None, kind, format(index)).with_type_size(size)
    };
    Ok(columns.iter().enumerate().map(field).collect())
}

/// A row as DataRow, for the same columns and the fields made of them.
pub fn data_row(row: &Row, columns: &[Column], fields: &[FieldInfo]) -> DataRow {
    let mut data = BytesMut::with_capacity(16 * row.len());
    let mut value = BytesMut::new();
    for ((cell, column), field) in row.iter().zip(columns).zip(fields) {
        value.clear();
        match cell {
            Cell::Null => {
                data.put_i32(-1);
                continue;
            }
            Cell::Text(text) => value.put_slice(text.as_bytes()),
            Cell::Int(number) => int(*number, column.kind, field.format(), &mut value),
        }
        // A cell is far shorter than 2 GiB.
        data.put_i32(i32::try_from(value.len()).unwrap_or(0));
        data.put_slice(&value);
    }
    DataRow::new(data, i16::try_from(row.len()).unwrap_or(0))
}

fn int(number: u64, kind: ColumnType, format: FieldFormat, out: &mut BytesMut) {
    // A client that reads int4 would fail on more; 2 147 483 647 is as good as "very many".
    let small = i32::try_from(number).unwrap_or(i32::MAX);
    match (format, kind) {
        (FieldFormat::Text, ColumnType::Int4) => out.put_slice(small.to_string().as_bytes()),
        (FieldFormat::Text, _) | (_, ColumnType::Text) => out.put_slice(number.to_string().as_bytes()),
        (FieldFormat::Binary, ColumnType::Int4) => out.put_i32(small),
        (FieldFormat::Binary, ColumnType::Numeric) => numeric(number, out),
    }
}

/// `numeric_send` of PostgreSQL: digits in base 10,000, the highest first, trailing zero digits left out.
fn numeric(number: u64, out: &mut BytesMut) {
    let mut digits = Vec::new();
    let mut rest = number;
    while rest > 0 {
        digits.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    let weight = digits.len().saturating_sub(1) as u16;
    let trailing = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[trailing..];
    out.put_u16(digits.len() as u16);
    out.put_u16(weight);
    out.put_u16(0); // positive
    out.put_u16(0); // no digits behind the point
    for digit in digits.iter().rev() {
        out.put_u16(*digit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_in_binary() {
        let encoded = |number| {
            let mut out = BytesMut::new();
            numeric(number, &mut out);
            out.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()
        };
        assert_eq!(encoded(0), [0, 0, 0, 0]);
        assert_eq!(encoded(7), [1, 0, 0, 0, 7]);
        assert_eq!(encoded(10_000), [1, 1, 0, 0, 1]);
        assert_eq!(encoded(123_456_789), [3, 2, 0, 0, 1, 2345, 6789]);
    }

    #[test]
    fn int4_does_not_overflow() {
        let mut out = BytesMut::new();
        int(u64::MAX, ColumnType::Int4, FieldFormat::Binary, &mut out);
        assert_eq!(&out[..], i32::MAX.to_be_bytes());
    }
}
