<?php
/**
 * Which price holds.
 */

function tier_of( $least, $state, $amount = null, $until = null ) {
	return array(
		'least'  => $least,
		'state'  => $state,
		'amount' => $amount,
		'until'  => $until,
	);
}

function row_of( array $tiers, array $more = array() ) {
	return $more + array(
		'currency'     => 'EUR',
		'includes_tax' => false,
		'tiers'        => $tiers,
	);
}

function at( $seconds ) {
	return gmdate( 'Y-m-d\TH:i:s', NOON + $seconds ) . '.000000Z';
}

check(
	'the_last_tier_at_or_below_the_quantity_counts',
	static function () {
		$row   = row_of( array( tier_of( '2', 'agreed', '7.25' ), tier_of( '5', 'usual' ), tier_of( '8', 'withheld' ), tier_of( '20', 'agreed', '4.10' ) ) );
		$found = array();
		foreach ( array( '1', '1.9999999999', '2', '4', '5', '8', '19', '20', '1000' ) as $quantity ) {
			$found[ $quantity ] = PanStore_Offers::of_tiers( $row, $quantity, NOON, SHOP )->price();
		}
		same(
			array(
				'1'            => 'usual:',
				'1.9999999999' => 'usual:',
				'2'            => 'agreed:7.25',
				'4'            => 'agreed:7.25',
				'5'            => 'usual:',
				'8'            => 'withheld:',
				'19'           => 'withheld:',
				'20'           => 'agreed:4.10',
				'1000'         => 'agreed:4.10',
			),
			$found
		);
		same( 'usual:', PanStore_Offers::of_tiers( null, '3', NOON, SHOP )->price() );
	}
);

check(
	'a_tier_that_is_over_is_an_unanswered_question',
	static function () {
		foreach ( array( -1, 0 ) as $seconds ) {
			$row   = row_of( array( tier_of( '1', 'agreed', '7.00', at( $seconds ) ) ) );
			$offer = PanStore_Offers::of_tiers( $row, '1', NOON, SHOP );
			same( array( 'withheld', false ), array( $offer->state, $offer->certain ) );
			$offer = PanStore_Offers::of_tiers( $row, '1', NOON, array( 'down' => 'usual' ) + SHOP );
			same( array( 'usual', false ), array( $offer->state, $offer->certain ) );
		}
		$row   = row_of( array( tier_of( '1', 'agreed', '7.00', at( 1 ) ) ) );
		$offer = PanStore_Offers::of_tiers( $row, '1', NOON, SHOP );
		same( array( 'agreed', '7.00', NOON + 1, true ), array( $offer->state, $offer->amount, $offer->until, $offer->certain ) );
	}
);

check(
	'nothing_is_converted',
	static function () {
		$tiers = array( tier_of( '1', 'agreed', '7.00' ), tier_of( '5', 'usual' ) );
		foreach ( array( array( 'currency' => 'USD' ), array( 'includes_tax' => true ) ) as $other ) {
			$row = row_of( $tiers, $other );
			same( 'withheld:', PanStore_Offers::of_tiers( $row, '1', NOON, SHOP )->price() );
			same( 'usual:', PanStore_Offers::of_tiers( $row, '5', NOON, SHOP )->price() );
		}
		$gross = array( 'includes_tax' => true ) + SHOP;
		same( 'agreed:7.00', PanStore_Offers::of_tiers( row_of( $tiers, array( 'includes_tax' => true ) ), '1', NOON, $gross )->price() );
	}
);

check(
	'a_cache_is_keyed_by_what_the_goods_cost',
	static function () {
		$usual  = new PanStore_Offer( 'usual' );
		$seven  = new PanStore_Offer( 'agreed', '7.00' );
		$eight  = new PanStore_Offer( 'agreed', '8.00' );
		$nobody = new PanStore_Offer( 'withheld' );
		same( '', PanStore_Offers::key( array() ) );
		same( '', PanStore_Offers::key( array( 1 => $usual, 2 => $usual ) ) );
		$key = PanStore_Offers::key( array( 1 => $seven, 2 => $eight ) );
		same( $key, PanStore_Offers::key( array( 2 => $eight, 1 => $seven, 3 => $usual ) ), 'order and usual prices do not matter' );
		foreach ( array( array( 1 => $eight, 2 => $seven ), array( 1 => $seven ), array( 1 => $seven, 2 => $nobody ), array( 1 => $nobody ) ) as $other ) {
			same( false, PanStore_Offers::key( $other ) === $key );
		}
	}
);

check(
	'an_order_is_refused_where_a_price_is_not_what_was_shown',
	static function () {
		$line  = static function ( $name, $now, $charged, $shown, $withheld = false ) {
			return compact( 'name', 'now', 'charged', 'shown', 'withheld' );
		};
		$found = PanStore_Offers::differences(
			array(
				$line( 'same', '7.00', '7.00', '7.00' ),
				$line( 'not shown', '7.00', '7.00', null ),
				$line( 'changed since shown', '8.00', '8.00', '7.00' ),
				$line( 'changed just now', '8.00', '7.00', null ),
				$line( 'withheld', '10.00', '7.00', '7.00', true ),
			)
		);
		same(
			array(
				'changed'  => array( 'changed since shown', 'changed just now' ),
				'withheld' => array( 'withheld' ),
			),
			$found
		);
	}
);
