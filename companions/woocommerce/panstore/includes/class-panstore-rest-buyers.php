<?php
/**
 * Calls about which accounts buy at prices that the shop keeps.
 *
 * @package PanStore
 */

/**
 * Who buys under which agreement.
 */
final class PanStore_Rest_Buyers {

	/**
	 * Says of up to 500 accounts under which agreement they buy, in one transaction.
	 *
	 * An account without an agreement buys at the shop's own prices, and nothing is kept of it.
	 *
	 * @param WP_REST_Request $request With `buyers`.
	 * @throws PanStore_Refusal If the whole call is refused.
	 */
	public static function write( $request ): array {
		PanStore_Rest_Prices::only_stored();
		$items    = PanStore_Fields::batch( $request->get_json_params(), 'buyers' );
		$known    = PanStore_Goods::accounts( PanStore_Rest_Prices::named( $items, 'account' ) );
		$outcomes = array();
		$wanted   = array();
		foreach ( $items as $item ) {
			$shown = is_array( $item ) && isset( $item['account'] ) && is_scalar( $item['account'] ) ? $item['account'] : null;
			try {
				$item               = PanStore_Fields::mapping( $item );
				$account            = PanStore_Fields::id( $item, 'account' );
				$wanted[ $account ] = self::row( $item, $account, $known );
				$outcomes[]         = PanStore_Rest_Prices::outcome( 'account', $account, null );
			} catch ( PanStore_Refusal $error ) {
				$outcomes[] = PanStore_Rest_Prices::outcome( 'account', $shown, $error );
			}
		}
		PanStore_Buyer_Table::replace( $wanted );
		return array( 'buyers' => $outcomes );
	}

	/**
	 * Under which agreement each of the named accounts buys; absent without one.
	 *
	 * @param WP_REST_Request $request With `accounts`.
	 * @throws PanStore_Refusal If it cannot be read.
	 */
	public static function read( $request ): array {
		$query = $request->get_query_params();
		$kept  = PanStore_Buyer_Table::find( PanStore_Fields::ids( isset( $query['accounts'] ) ? $query['accounts'] : '' ) );
		if ( null === $kept ) {
			throw PanStore_Price_Table::failed();
		}
		$buyers = array();
		foreach ( $kept as $account => $row ) {
			$buyers[] = array( 'account' => $account ) + $row;
		}
		return array( 'buyers' => $buyers );
	}

	/**
	 * What shall be kept of one account.
	 *
	 * @param array $item    As decoded.
	 * @param int   $account Its id.
	 * @param array $known   Accounts that exist.
	 * @throws PanStore_Refusal If the shop cannot keep it.
	 */
	private static function row( array $item, int $account, array $known ): array {
		if ( ! isset( $known[ $account ] ) ) {
			throw new PanStore_Refusal( 'unknown_account', "Account $account does not exist in the shop; it was left out.", 'account', 404 );
		}
		$agreement = isset( $item['agreement'] ) ? PanStore_Fields::text( $item, 'agreement', PanStore_Fields::LONGEST_AGREEMENT ) : null;
		return array(
			'agreement' => $agreement,
			'title'     => PanStore_Fields::text( $item, 'title', PanStore_Fields::LONGEST_TITLE, false ),
		);
	}
}
