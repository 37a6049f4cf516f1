<?php
/**
 * The API for PanStore: signed calls under `panstore/v1`.
 *
 * @package PanStore
 */

/**
 * Routes, who may call them, and the shape of a refusal.
 */
final class PanStore_Rest {

	const SPACE = 'panstore/v1';

	// Word of the signature -> what it means, for the people who set it up.
	const FAULTS = array(
		'secret_missing'    => 'The plugin PanStore has no secret, or one that is not "whsec_" and base64; make one in WooCommerce, PanStore.',
		'signature_missing' => 'The call is not signed; only PanStore may call this.',
		'signature_wrong'   => 'The call is not signed with the secret of this shop; copy the one shown in WooCommerce, PanStore, to PanStore\'s "companion_secret".',
		'too_old'           => 'The call is too old or too early; the clocks of shop and PanStore differ by more than five minutes.',
		'replayed'          => 'The call was made before; it was not done again.',
	);

	/**
	 * Makes the routes known.
	 */
	public function register() {
		$prices = 'PanStore_Rest_Prices';
		$buyers = 'PanStore_Rest_Buyers';
		$images = 'PanStore_Rest_Images';
		$routes = array(
			array( '/ping', 'GET', array( 'PanStore_Ping', 'facts' ) ),
			array( '/contract-prices', 'PUT', array( $prices, 'write' ) ),
			array( '/contract-prices', 'GET', array( $prices, 'read' ) ),
			array( '/contract-prices', 'DELETE', array( $prices, 'drop' ) ),
			array( '/contract-buyers', 'PUT', array( $buyers, 'write' ) ),
			array( '/contract-buyers', 'GET', array( $buyers, 'read' ) ),
			array( '/contract-agreements', 'GET', array( $prices, 'agreements' ) ),
			array( '/product-images', 'GET', array( $images, 'listed' ) ),
			array( '/product-images', 'POST', array( $images, 'add' ) ),
			array( '/product-images', 'PUT', array( $images, 'arrange' ) ),
			array( '/product-image', 'GET', array( $images, 'content' ) ),
		);
		foreach ( $routes as $route ) {
			list( $path, $method, $handler ) = $route;
			register_rest_route(
				self::SPACE,
				$path,
				array(
					'methods'             => $method,
					'callback'            => static function ( $request ) use ( $handler ) {
						return self::answered( $handler, $request );
					},
					'permission_callback' => array( $this, 'is_signed' ),
				)
			);
		}
	}

	/**
	 * Whether PanStore makes the call.
	 *
	 * @param WP_REST_Request $request The call.
	 * @return true|WP_Error
	 */
	public function is_signed( $request ) {
		$headers = array();
		foreach ( array( 'webhook-id', 'webhook-timestamp', 'webhook-signature' ) as $name ) {
			$headers[ $name ] = (string) $request->get_header( $name );
		}
		$query = $request->get_query_params();
		// Shops without pretty addresses get the route as a parameter.
		unset( $query['rest_route'] );
		$content = PanStore_Signature::call( $request->get_method(), $request->get_route(), $query, (string) $request->get_body() );
		$fault   = PanStore_Signature::fault( PanStore_Settings::secret(), $headers, $content, time() );
		if ( '' === $fault ) {
			$first = PanStore_Messages::take( $headers['webhook-id'], time() );
			if ( null === $first ) {
				$error = PanStore_Price_Table::failed();
				return new WP_Error( $error->word, $error->getMessage(), array( 'status' => $error->status ) );
			}
			$fault = $first ? '' : 'replayed';
		}
		if ( '' === $fault ) {
			return true;
		}
		return new WP_Error(
			$fault,
			self::FAULTS[ $fault ],
			array(
				'status' => 401,
				'time'   => gmdate( 'Y-m-d\TH:i:s\Z' ),
			)
		);
	}

	/**
	 * The handler's answer, or its refusal in the shape of WordPress.
	 *
	 * @param callable        $handler Of the route.
	 * @param WP_REST_Request $request The call.
	 */
	private static function answered( callable $handler, $request ) {
		try {
			$response = new WP_REST_Response( call_user_func( $handler, $request ) );
		} catch ( PanStore_Refusal $error ) {
			$data     = array(
				'status' => $error->status,
				'field'  => '' === $error->field ? null : $error->field,
			);
			$response = rest_convert_error_to_response( new WP_Error( $error->word, $error->getMessage(), $data ) );
		}
		self::keep_out_of_caches( $response );
		return $response;
	}

	/**
	 * Some caches keep answers of the API, too, and would give them to whoever asks without a signature.
	 *
	 * @param WP_REST_Response $response The answer.
	 */
	public static function keep_out_of_caches( $response ) {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true );
		}
		$response->header( 'Cache-Control', 'private, no-store' );
		$response->header( 'X-LiteSpeed-Cache-Control', 'no-cache' );
		$response->header( 'Vary', 'Cookie', false );
	}
}
