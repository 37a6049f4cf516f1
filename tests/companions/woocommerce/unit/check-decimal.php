<?php
/**
 * Decimals as text.
 */

check(
	'decimals_are_read_without_needless_zeros',
	static function () {
		foreach ( array( '7' => '7', '007.50' => '7.5', '0.00' => '0', '-0' => '0', '-1.10' => '-1.1', '10' => '10', '0.0100' => '0.01' ) as $given => $read ) {
			same( $read, PanStore_Decimal::read( (string) $given ), (string) $given );
		}
		same( '12', PanStore_Decimal::read( 12 ) );
	}
);

check(
	'what_is_no_decimal_is_not_read',
	static function () {
		foreach ( array( '', '1,5', '.5', '5.', '1e3', ' 1', "1\n", '+1', 'abc', null, true, 1.5, array(), '1234567890123456', '1.12345678901' ) as $given ) {
			same( null, PanStore_Decimal::read( $given ), json_encode( $given ) );
		}
	}
);

check(
	'decimals_are_compared_by_value_and_not_as_floats',
	static function () {
		$ascending = array( '0', '0.0000000001', '0.1', '0.25', '1', '1.0000000001', '2', '10', '999999999999999', '999999999999999.0000000001' );
		foreach ( $ascending as $i => $one ) {
			foreach ( $ascending as $j => $other ) {
				same( $i <=> $j, PanStore_Decimal::compare( $one, $other ), "$one, $other" );
			}
		}
	}
);

check(
	'quantities_of_shops_with_parts_of_a_piece',
	static function () {
		same( '3', PanStore_Decimal::of_quantity( 3 ) );
		same( '0.1', PanStore_Decimal::of_quantity( 0.1 ) );
		same( '2.5', PanStore_Decimal::of_quantity( '2.50' ) );
		same( '0.3', PanStore_Decimal::of_quantity( 0.1 + 0.2 ) );
		same( '0', PanStore_Decimal::of_quantity( '' ) );
		same( '0', PanStore_Decimal::of_quantity( 'many' ) );
	}
);

check(
	'a_price_is_written_with_the_places_of_the_shop',
	static function () {
		same( '7.00', PanStore_Decimal::with_places( '7', 2 ) );
		same( '7.10', PanStore_Decimal::with_places( '7.1', 2 ) );
		same( '7.123', PanStore_Decimal::with_places( '7.123', 2 ) );
		same( '7', PanStore_Decimal::with_places( '7', 0 ) );
		same( 3, PanStore_Decimal::places( '7.123' ) );
		same( 0, PanStore_Decimal::places( '7' ) );
		same( true, PanStore_Decimal::is_positive( '0.01' ) );
		same( false, PanStore_Decimal::is_positive( '0' ) );
		same( false, PanStore_Decimal::is_positive( '-1' ) );
	}
);
