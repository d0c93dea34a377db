// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Two dollars at nearly the same price, as long as both are there: a product of reserves that are imagined larger.
contract FlatPool is Token {
    Token[2] public coins;
    uint256 public immutable imagined;
    uint256[2] public balances;

    event AddLiquidity(address indexed provider, uint256[2] amounts, uint256 supply);
    event TokenExchange(address indexed buyer, uint256 soldId, uint256 sold, uint256 boughtId, uint256 bought);

    constructor(Token a, Token b, uint256 imagined_) Token("yCRV", 18) {
        (coins, imagined) = ([a, b], imagined_);
    }

    function add_liquidity(uint256[2] calldata amounts) external returns (uint256 shares) {
        uint256 before = balances[0] + balances[1];
        for (uint256 i = 0; i < 2; i++) {
            if (amounts[i] > 0) coins[i].transferFrom(msg.sender, address(this), amounts[i]);
            balances[i] += amounts[i];
        }
        shares = before == 0 ? (amounts[0] + amounts[1]) * 1e12 : (amounts[0] + amounts[1]) * totalSupply / before;
        _mint(msg.sender, shares);
        emit AddLiquidity(msg.sender, amounts, totalSupply);
    }

    function exchange(uint256 from, uint256 amount, address to) external returns (uint256 out) {
        uint256 into = 1 - from;
        coins[from].transferFrom(msg.sender, address(this), amount);
        (uint256 x, uint256 y) = (balances[from] + imagined, balances[into] + imagined);
        out = (y - x * y / (x + amount)) * 9996 / 10_000;
        balances[from] += amount;
        balances[into] -= out;
        coins[into].transfer(to, out);
        emit TokenExchange(msg.sender, from, amount, into, out);
    }

    /// What a share is worth in the first coin, the second one taken at its present price; millionths for 10^18 shares.
    function price() external view returns (uint256) {
        uint256 second = balances[1] * (balances[0] + imagined) / (balances[1] + imagined);
        return (balances[0] + second) * 1e18 / totalSupply;
    }
}

/// Invests deposits of one dollar in shares of the pool, and keeps a buffer.
contract YieldVault is Token {
    Token public immutable asset;
    FlatPool public immutable pool;
    address public immutable governance = msg.sender;

    event Deposit(address indexed account, uint256 assets, uint256 shares);
    event Withdraw(address indexed account, uint256 assets, uint256 shares);
    event Invest(uint256 amount, uint256 shares);

    constructor(Token asset_, FlatPool pool_) Token("fUSDC", 6) {
        (asset, pool) = (asset_, pool_);
    }

    function deposit(uint256 assets) external {
        uint256 shares = totalSupply == 0 ? assets : assets * totalSupply / totalAssets();
        asset.transferFrom(msg.sender, address(this), assets);
        _mint(msg.sender, shares);
        emit Deposit(msg.sender, assets, shares);
    }

    function withdraw(uint256 shares) external {
        uint256 assets = shares * totalAssets() / totalSupply;
        _burn(msg.sender, shares);
        asset.transfer(msg.sender, assets);
        emit Withdraw(msg.sender, assets, shares);
    }

    function doHardWork(uint256 amount) external {
        require(msg.sender == governance, "only governance");
        asset.approve(address(pool), amount);
        emit Invest(amount, pool.add_liquidity([amount, 0]));
    }

    function totalAssets() public view returns (uint256) {
        return asset.balanceOf(address(this)) + pool.balanceOf(address(this)) * pool.price() / 1e18;
    }

    /// Millionths of a dollar for a whole share.
    function getPricePerFullShare() external view returns (uint256) {
        return totalSupply == 0 ? 1e6 : totalAssets() * 1e6 / totalSupply;
    }
}

/// Deposits while the pool is bent down, and withdraws when it is straight again.
contract VaultBender {
    YieldVault private vault;
    uint256 private bend;
    uint256 private stake;

    function run(FlashLender lender, YieldVault vault_, uint256 bend_, uint256 stake_, address payee) external {
        (vault, bend, stake) = (vault_, bend_, stake_);
        lender.flashLoan(IBorrower(address(this)), vault_.pool().coins(1), bend_, abi.encode(lender));
        Token asset = vault_.asset();
        asset.transfer(payee, asset.balanceOf(address(this)));
        Token other = vault_.pool().coins(1);
        other.transfer(payee, other.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        FlatPool pool = vault.pool();
        (Token one, Token other) = (pool.coins(0), pool.coins(1));
        if (token == other) {
            FlashLender lender = abi.decode(data, (FlashLender));
            other.approve(address(pool), type(uint256).max);
            one.approve(address(pool), type(uint256).max);
            lender.flashLoan(IBorrower(address(this)), one, stake, "");
            uint256 short = amount + fee - other.balanceOf(address(this));
            // At par again, or nearly so.
            pool.exchange(0, short * 102 / 100, address(this));
        } else {
            uint256 got = pool.exchange(1, bend, address(this));
            one.approve(address(vault), stake);
            vault.deposit(stake);
            pool.exchange(0, got, address(this));
            vault.withdraw(vault.balanceOf(address(this)));
        }
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Buys the cheaper dollar with borrowed money and sells it dearer at a peg desk.
contract PegArbitrage {
    address private immutable owner = msg.sender;

    function run(FlashLender lender, FlatPool pool, PegDesk desk, uint256 size) external {
        lender.flashLoan(IBorrower(address(this)), pool.coins(0), size, abi.encode(pool, desk));
        Token one = pool.coins(0);
        one.transfer(owner, one.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (FlatPool pool, PegDesk desk) = abi.decode(data, (FlatPool, PegDesk));
        token.approve(address(pool), amount);
        uint256 got = pool.exchange(0, amount, address(this));
        pool.coins(1).approve(address(desk), got);
        desk.swap(pool.coins(1), pool.coins(0), got);
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Changes dollars one to one.
contract PegDesk {
    event Swapped(address indexed who, address from, address into, uint256 amount);

    function swap(Token from, Token into, uint256 amount) external {
        from.transferFrom(msg.sender, address(this), amount);
        into.transfer(msg.sender, amount);
        emit Swapped(msg.sender, address(from), address(into), amount);
    }
}

/// A treasury that takes all its money out of the vault and turns part of it into the other dollar, in one go.
contract TreasuryDesk {
    address private immutable owner = msg.sender;

    function enter(YieldVault vault, uint256 amount) external {
        Token asset = vault.asset();
        asset.transferFrom(msg.sender, address(this), amount);
        asset.approve(address(vault), amount);
        vault.deposit(amount);
    }

    function leave(YieldVault vault, uint256 part) external {
        require(msg.sender == owner, "not the owner");
        vault.withdraw(vault.balanceOf(address(this)));
        FlatPool pool = vault.pool();
        vault.asset().approve(address(pool), part);
        pool.exchange(0, part, owner);
        vault.asset().transfer(owner, vault.asset().balanceOf(address(this)));
    }
}
