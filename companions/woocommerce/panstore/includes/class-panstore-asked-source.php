<?php
/**
 * Questions to PanStore for one buyer's prices.
 *
 * @package PanStore
 */

/**
 * One attempt within the time-out; a page must not wait for another system. After a failure nothing
 * is asked for two seconds, so that a PanStore that is down costs one time-out and not one per page.
 */
final class PanStore_Asked_Source {

	// PanStore itself answers after 3 s at most, with what was last known if the ERP is slow.
	const TIMEOUT_S  = 3.5;
	const PAUSE_S    = 2;
	const MOST_LINES  = 500;
	// How long an account that has no agreement is not asked for again; one with an agreement is, on each page.
	const NOBODY_S   = 60;
	const LARGEST    = 4194304;

	/**
	 * Whether PanStore shall be asked whatever was said of the account before.
	 *
	 * @var bool
	 */
	private $anew = false;

	/**
	 * Forgets that an account has no agreement, for the rest of the request.
	 */
	public function forget() {
		$this->anew = true;
	}

	/**
	 * What an account pays.
	 *
	 * @param int      $account Id.
	 * @param string[] $wishes  As `PanStore_Quote::wish` makes them.
	 */
	public function quote( int $account, array $wishes ): PanStore_Quote {
		$name = PanStore_Schema::MEMORY . $account;
		$kept = get_transient( $name );
		$kept = is_array( $kept ) && isset( $kept['contract'] ) ? $kept : null;
		if ( null !== $kept && ! $kept['contract'] && ! $this->anew ) {
			return new PanStore_Quote( false );
		}
		$known = null !== $kept && $kept['contract'] ? $kept : null;
		$quote = $this->asked( $account, $wishes );
		// Where it is neither certain nor an agreement, PanStore's own memory is empty while the ERP is down.
		if ( null === $quote || ( ! $quote->contract && ! $quote->certain ) ) {
			return PanStore_Memory::recalled( $known, $wishes, PanStore_Settings::all()['down'], time() );
		}
		if ( ! $quote->contract ) {
			set_transient( $name, array( 'contract' => false ), self::NOBODY_S );
			return $quote;
		}
		$after = PanStore_Memory::after( $known, $quote, time() );
		if ( $after !== $known ) {
			set_transient( $name, $after, PanStore_Memory::LAST_KNOWN_S );
		}
		return $quote;
	}

	/**
	 * PanStore's answer, null if there is none that can be used.
	 *
	 * @param int      $account Id.
	 * @param string[] $wishes  What is asked for.
	 */
	private function asked( int $account, array $wishes ): ?PanStore_Quote {
		$url    = PanStore_Settings::all()['price_url'];
		$secret = PanStore_Settings::secret();
		if ( '' === $url || null === PanStore_Signature::key( $secret ) || get_transient( PanStore_Schema::REST . 'prices' ) ) {
			return null;
		}
		$whole = null;
		foreach ( array_chunk( $wishes, self::MOST_LINES ) as $some ) {
			$quote = $this->exchanged( $url, $secret, $account, $some );
			if ( null === $quote || ! $quote->contract ) {
				return $quote;
			}
			if ( null !== $whole ) {
				$quote->offers  = $whole->offers + $quote->offers;
				$quote->certain = $whole->certain && $quote->certain;
			}
			$whole = $quote;
		}
		return $whole;
	}

	/**
	 * One question and its answer.
	 *
	 * @param string   $url     Where PanStore is asked.
	 * @param string   $secret  Shared with it.
	 * @param int      $account Id.
	 * @param string[] $wishes  At most 500.
	 */
	private function exchanged( string $url, string $secret, int $account, array $wishes ): ?PanStore_Quote {
		$shop   = PanStore_Settings::shown();
		$person = get_userdata( $account );
		$opened = $person ? (string) $person->user_registered : '';
		$body   = (string) wp_json_encode( PanStore_Answer::question( $account, $wishes, $shop['currency'], $opened ) );
		$reply  = wp_remote_post(
			$url,
			array(
				'timeout'             => self::TIMEOUT_S,
				'redirection'         => 0,
				'limit_response_size' => self::LARGEST,
				'headers'             => PanStore_Signature::headers( $secret, PanStore_Signature::fresh_id( 'ask' ), time(), $body ),
				'body'                => $body,
			)
		);
		$status = is_wp_error( $reply ) ? 0 : (int) wp_remote_retrieve_response_code( $reply );
		$quote  = 200 === $status ? PanStore_Answer::read( wp_remote_retrieve_body( $reply ), $account, $wishes, $shop ) : null;
		if ( null === $quote ) {
			// What is refused (4xx) is a matter of this question or of the settings; it is in no trouble.
			if ( $status < 400 || $status >= 500 ) {
				set_transient( PanStore_Schema::REST . 'prices', 1, self::PAUSE_S );
			}
			$why = is_wp_error( $reply ) ? $reply->get_error_message() : "HTTP $status";
			// phpcs:ignore WordPress.PHP.DevelopmentFunctions
			error_log( "PanStore: no prices from $url ($why); pages show what the setting says for this case." );
		}
		return $quote;
	}
}
